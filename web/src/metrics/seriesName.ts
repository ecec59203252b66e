import { timesIn } from '../shared/format.ts';
import type { Series } from './queries.ts';

const names: Record<string, string> = {
  events: 'Events',
  people: 'New people',
  visitors: 'Visitors',
  revenue: 'Revenue',
  emails: 'Emails sent',
};

/** What a series is called in a legend or a table's head. */
export const seriesName = (series: Pick<Series, 'metric' | 'event'>) =>
  series.metric === 'events' && series.event ? series.event : (names[series.metric] ?? series.metric);

/** How a point in time is written, as finely as the interval needs. */
export function pointLabel(series: Pick<Series, 'interval' | 'timezone'>) {
  const times = timesIn(series.timezone);
  return series.interval === 'day' ? times.day : times.dayClock;
}
