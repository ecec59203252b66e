import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMe } from '../access/queries.ts';
import type { AnalyticsSearch } from './address.ts';
import type { Compared, Scope } from './queries.ts';
import { type Period, periodOf } from './range.ts';

export interface Analytics {
  /** As it stands in the address. */
  asked: AnalyticsSearch;
  period: Period;
  scope: Scope;
  compare: Compared;
  /** Changes the address; `replace` leaves no step to go back to. */
  change: (next: AnalyticsSearch, replace?: boolean) => void;
}

/** What the address of the analytics page asks for. */
export function useAnalytics(): Analytics {
  const asked = useSearch({ from: '/shell/analytics' });
  const navigate = useNavigate({ from: '/analytics' });
  const timezone = useMe().data?.workspace.timezone ?? 'UTC';
  const period = periodOf(asked, timezone);
  const compare = asked.compare ?? 'previous_period';
  return {
    asked,
    period,
    scope: { period, timezone, filters: asked.filters ?? [] },
    compare: compare === 'none' ? undefined : compare,
    change: (next, replace = false) =>
      void navigate({ search: (old) => ({ ...old, ...next }), replace, resetScroll: false }),
  };
}
