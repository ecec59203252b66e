import type { AnalyticsSearch, Step } from '../metrics/address.ts';
import { writeWithin } from '../metrics/funnel/within.ts';
import type { Question } from '../metrics/queries.ts';
import { type Dimension, type Filter, type Metric, readFilter } from '../metrics/question.ts';

const read = (filters: Parameters<typeof readFilter>[0][] | undefined): Filter[] | undefined =>
  filters?.map(readFilter);

/** The address of the analytics page that asks the same. */
export function inAnalytics(question: Question): AnalyticsSearch | undefined {
  switch (question.question) {
    case 'series':
      return {
        metric: question.metrics[0] as Metric,
        interval: question.interval,
        compare: question.compare,
        smooth: question.smooth,
        cut: question.breakdown?.dimension as Dimension | undefined,
        filters: read(question.filters),
      };
    case 'top':
      return { details: question.dimension as Dimension, filters: read(question.filters) };
    case 'funnel':
      return {
        show: 'funnel',
        steps: question.steps.map(({ event, filters }): Step => [event, ...(read(filters) ?? [])]),
        within: writeWithin(question.window),
        by: question.dimension as Dimension | undefined,
        filters: read(question.filters),
      };
    case 'retention':
      return {
        show: 'retention',
        every: question.interval,
        first: question.first?.event,
        again: question.again?.event,
        filters: read(question.filters),
      };
    default:
      return undefined;
  }
}
