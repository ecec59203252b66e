import { AnalyticsBrowser } from '@segment/analytics-next';

/** Bundled for a page: Segment's own browser library, where the page's scripts reach it. */
Object.assign(globalThis, { AnalyticsBrowser });
