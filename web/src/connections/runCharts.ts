import type { ChartData } from '../metrics/charts/lines.ts';
import { duration } from '../shared/format.ts';
import type { Run } from './queries.ts';
import { took } from './words.ts';

/** As many as the usual duration is the average of. */
const averaged = 10;

const seconds = (ms: number) => Math.round(ms / 1_000);
/** What a chart says beside its lines, of the runs in the order they began. */
const frame = (runs: readonly Run[], timezone: string) => ({
  ...{ interval: 'minute' as const, each: 'run', timezone, unfinished: false },
  times: runs.map(({ started_at }) => started_at),
});

/** How long runs took that were done, with the average of the last ten. @param runs newest first */
export function durationChart(runs: readonly Run[], timezone: string): ChartData {
  const ended = runs.filter(({ status }) => status === 'done').toReversed();
  const values = ended.map(({ duration_ms }) => duration_ms ?? 0);
  const average = values.map((_, at) => {
    const last = values.slice(Math.max(0, at + 1 - averaged), at + 1);
    return last.reduce((sum, value) => sum + value, 0) / last.length;
  });
  return {
    ...frame(ended, timezone),
    label: 'Duration',
    lines: [
      { name: 'Duration', role: 'main', values },
      { name: `Average of ${averaged} runs`, role: 'average', values: average },
    ],
    write: took,
    tick: took,
  };
}

/**
 * How far behind it had fallen when each run ended, the most it ever was: what was true before the run counted.
 * @param runs newest first
 */
export function lagChart(runs: readonly Run[], timezone: string, lateAfter: number): ChartData {
  const ended = runs.filter(({ finished_at }) => finished_at !== null).toReversed();
  let asOf: string | null = null;
  const values = ended.map((run) => {
    const before = asOf;
    if (run.status === 'done' && run.as_of) asOf = run.as_of;
    return before === null ? null : seconds(Date.parse(run.finished_at!) - Date.parse(before));
  });
  return {
    ...frame(ended, timezone),
    label: 'Lag',
    lines: [
      { name: 'Lag when the run ended', role: 'main', values },
      { name: 'Late after', role: 'before', values: values.map(() => lateAfter) },
    ],
    write: duration,
    tick: (value) => duration(value).split(' ').slice(0, 2).join(' '),
  };
}
