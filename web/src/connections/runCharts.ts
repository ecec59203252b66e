import type { ChartData } from '../metrics/charts/lines.ts';
import { duration } from '../shared/format.ts';
import type { Run } from './queries.ts';
import { took } from './words.ts';

/** As many as the usual duration is the average of. */
const averaged = 10;

/** Units in milliseconds; the scale of a chart is told in the largest that its highest point has two of. */
const units: [size: number, name: string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
  [1, 'ms'],
];

/** What a chart needs beside its lines, of runs in the order they began; milliseconds are drawn in a unit of round ticks. */
function chartOfRuns(
  runs: readonly Run[],
  timezone: string,
  label: string,
  lines: ChartData['lines'],
  write: (ms: number) => string,
): ChartData {
  const highest = Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const [size, name] = units.find(([one]) => highest >= 2 * one) ?? [1, 'ms'];
  return {
    ...{ label, interval: 'minute', each: 'run', timezone, unfinished: false },
    times: runs.map(({ started_at }) => started_at),
    lines: lines.map((line) => ({
      ...line,
      values: line.values.map((value) => (value === null ? null : value / size)),
    })),
    write: (value) => write(value * size),
    tick: (value) => `${Math.round(value * 10) / 10} ${name}`,
  };
}

/** How long runs took that were done, with the average of the last ten. @param runs newest first */
export function durationChart(runs: readonly Run[], timezone: string): ChartData {
  const ended = runs.filter(({ status }) => status === 'done').toReversed();
  const values = ended.map(({ duration_ms }) => duration_ms ?? 0);
  const average = values.map((_, at) => {
    const last = values.slice(Math.max(0, at + 1 - averaged), at + 1);
    return last.reduce((sum, value) => sum + value, 0) / last.length;
  });
  const lines: ChartData['lines'] = [
    { name: 'Duration', role: 'main', values },
    { name: `Average of ${averaged} runs`, role: 'average', values: average },
  ];
  return chartOfRuns(ended, timezone, 'Duration', lines, took);
}

/**
 * How far behind it had fallen when each run ended, the most it ever was: what was true before the run counted.
 * @param runs newest first
 * @param lateAfter seconds
 * @returns undefined while there are no two points to draw
 */
export function lagChart(runs: readonly Run[], timezone: string, lateAfter: number): ChartData | undefined {
  const ended = runs.filter(({ finished_at }) => finished_at !== null).toReversed();
  let asOf: string | null = null;
  const lags = ended.map((run) => {
    const before = asOf;
    if (run.status === 'done' && run.as_of) asOf = run.as_of;
    return before === null ? null : Date.parse(run.finished_at!) - Date.parse(before);
  });
  const first = lags.findIndex((lag) => lag !== null);
  if (first === -1 || lags.length - first < 2) return undefined;
  const values = lags.slice(first);
  const lines: ChartData['lines'] = [
    { name: 'Lag when the run ended', role: 'main', values },
    { name: 'Late after', role: 'before', values: values.map(() => lateAfter * 1_000) },
  ];
  return chartOfRuns(ended.slice(first), timezone, 'Lag', lines, (ms) => duration(ms / 1_000));
}
