import { bytes, count, duration, number } from '../shared/format.ts';
import type { Connection, Kind, Run, Schedule, Sink } from './queries.ts';

/** Not broken at the end of a line. */
const together = (text: string) => text.replaceAll(' ', '\u00a0');

export const runKinds: Record<Run['kind'], string> = {
  probe: 'quick check',
  incremental: 'changes',
  full: 'full reconcile',
};

/** Runs of the quick ones take milliseconds. */
export const took = (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : duration(ms / 1_000));

/** "41 changed, 2 removed"; "nothing had changed"; of what is pushed: "41 pushed, 2 taken off". */
export function outcome({ changed, removed, refused }: Run, pushed = false): string {
  const parts = [
    changed > 0 && together(`${number(changed)} ${pushed ? 'pushed' : 'changed'}`),
    removed > 0 && together(`${number(removed)} ${pushed ? 'taken off' : 'removed'}`),
    refused > 0 && together(`${number(refused)} refused`),
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'nothing had changed' : parts.join(', ');
}

/** What was exchanged: "3 calls, 1.2 KB". */
export const exchanged = ({ calls, bytes: size }: Run) => `${count(calls, 'call', 'calls')}, ${bytes(size)}`;

export function scheduleText(schedule: Schedule): string {
  if ('cron' in schedule) return `cron ${together(schedule.cron)}`;
  const { every_seconds: every } = schedule;
  return every === 3_600 ? 'hourly' : every === 86_400 ? 'daily' : together(`every ${duration(every)}`);
}

export const kindLabel = (kinds: readonly Kind[] | undefined, kind: string) =>
  kinds?.find((one) => one.kind === kind)?.label ?? kind;

/** Where its records go. */
export const sinkText = (sink: Sink) =>
  sink.kind === 'profiles'
    ? `people with ${sink.membership}`
    : sink.kind === 'data_api'
      ? `the data API of ${new URL(sink.url).host}`
      : `the Mailchimp audience ${sink.list}`;

/** A length of time as finely as it matters: "14 s", "5 min", "3 h 20 min", "23 h". */
export function coarse(seconds: number): string {
  const unit = seconds < 60 ? 1 : seconds < 6 * 3_600 ? 60 : 3_600;
  return duration(Math.round(seconds / unit) * unit);
}

/** When it goes on: "in 55 min", "now". */
export function nextText({ next_run_at, last_run }: Connection): string {
  if (next_run_at === null) return 'not before it is resumed';
  if (last_run?.status === 'running') return 'now';
  const seconds = (Date.parse(next_run_at) - Date.now()) / 1_000;
  return seconds <= 0 ? 'due now' : `in ${coarse(seconds)}`;
}
