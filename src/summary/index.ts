export { type ActivityOptions, writeActivity } from './generate.ts';
export type { Progress, Report, SummarizeOptions } from './options.ts';
export { summarize } from './summarize.ts';
export { compareSummaries, type Difference } from './verify.ts';
