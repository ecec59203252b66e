import { timesIn } from '../../shared/format.ts';
import type { Line, Series } from '../queries.ts';
import type { Interval } from '../question.ts';
import { valueLabel } from '../words/dimensions.ts';
import { type MetricWords, wordsOf } from '../words/metrics.ts';

/** One line of a chart, and one column of its table. */
export interface ChartLine {
  name: string;
  role: 'main' | 'average' | 'before' | 'group';
  values: (number | null)[];
  /** When its points are, where not when the chart's are. */
  times?: string[];
}

/** A chart before it is drawn: its lines share the times of their points. */
export interface ChartData {
  label: string;
  interval: Interval;
  /** What a point is, where it is no interval. */
  each?: string;
  timezone: string;
  times: string[];
  lines: ChartLine[];
  /** The last interval is not over yet. */
  unfinished: boolean;
  write: (value: number) => string;
  tick: (value: number) => string;
}

const compareNames: Record<string, string> = {
  previous_period: 'Period before',
  previous_year: 'Year before',
};

/** One metric over time, with what it is compared with and its moving average. */
export function chartOf(series: Series, line: Line, words = wordsOf(line.metric)): ChartData {
  const lines: ChartLine[] = [
    { name: words.label, role: 'main', values: line.points.map((point) => point.value) },
  ];
  if (series.smooth)
    lines.push({
      name: `Average of ${series.smooth} ${series.interval}s`,
      role: 'average',
      values: line.points.map((point) => point.smoothed ?? null),
    });
  if (line.compared && series.compared)
    lines.push({
      name: compareNames[series.compared.with] ?? 'Before',
      role: 'before',
      values: line.compared.points.map((point) => point.value),
      times: line.compared.points.map((point) => point.time),
    });
  return { ...frameOf(series, line, words), lines };
}

/** A metric with a line for each value of a dimension. */
export function brokenDownChart(series: Series, words = wordsOf): ChartData | undefined {
  const first = series.series[0];
  if (!first) return undefined;
  const lines = series.series
    .filter(({ metric }) => metric === first.metric)
    .map(
      (line): ChartLine => ({
        name: line.other ? 'All others' : valueLabel(series.breakdown ?? '', line.group ?? ''),
        role: 'group',
        values: line.points.map((point) => (series.smooth ? (point.smoothed ?? null) : point.value)),
      }),
    );
  return { ...frameOf(series, first, words(first.metric)), lines };
}

function frameOf(series: Series, line: Line, { label, write, tick }: MetricWords) {
  const times = line.points.map((point) => point.time);
  return {
    label,
    interval: series.interval,
    timezone: series.timezone,
    times,
    unfinished: Date.parse(series.to) >= Date.parse(series.as_of),
    write,
    tick,
  };
}

/** Whether there is anything to draw. */
export const hasNumbers = (chart: ChartData) =>
  chart.lines.some(({ values }) => values.some((value) => value !== null && value !== 0));

/** How a point in time is written below a chart, as finely as its interval needs. */
export function pointLabel({ interval, timezone }: Pick<ChartData, 'interval' | 'timezone'>, days: number) {
  const times = timesIn(timezone);
  if (interval === 'month') return times.month;
  if (interval === 'day' || interval === 'week') return times.day;
  return days <= 1 ? times.clock : times.dayClock;
}

/** The same in full, for a table or a tooltip. */
export function fullLabel({ interval, timezone }: Pick<ChartData, 'interval' | 'timezone'>) {
  const times = timesIn(timezone);
  if (interval === 'month') return times.month;
  if (interval === 'week') return (iso: string) => `Week of ${times.date(iso)}`;
  return interval === 'day' ? times.weekday : times.time;
}
