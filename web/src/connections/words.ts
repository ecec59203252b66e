import { bytes, count, duration, number } from '../shared/format.ts';
import type { Connection, Kind, Mapping, Run, Schedule, Sink } from './queries.ts';

export const runKinds: Record<Run['kind'], string> = {
  probe: 'look',
  incremental: 'changes',
  full: 'full reconcile',
};

/** Runs of the quick ones take milliseconds. */
export const took = (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : duration(ms / 1_000));

/** "41 changed, 2 removed"; "nothing had changed". */
export function outcome({ changed, removed, refused }: Run): string {
  const parts = [
    changed > 0 && `${number(changed)} changed`,
    removed > 0 && `${number(removed)} removed`,
    refused > 0 && `${number(refused)} refused`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'nothing had changed' : parts.join(', ');
}

/** What was exchanged: "3 calls, 1.2 KB". */
export const exchanged = ({ calls, bytes: size }: Run) => `${count(calls, 'call', 'calls')}, ${bytes(size)}`;

export function scheduleText(schedule: Schedule): string {
  if ('cron' in schedule) return `at the times “${schedule.cron}”`;
  const { every_seconds: every } = schedule;
  return every === 3_600 ? 'hourly' : every === 86_400 ? 'daily' : `every ${duration(every)}`;
}

export const kindLabel = (kinds: readonly Kind[] | undefined, kind: string) =>
  kinds?.find((one) => one.kind === kind)?.label ?? kind;

/** Which of its records are where: "on_friends in people, and https://…". */
export const sinkText = (sink: Sink) =>
  sink.kind === 'profiles' ? `people, as the attribute ${sink.membership}` : `the data API at ${sink.url}`;

export const fieldsMapped = ({ fields }: Mapping) => count(fields.length, 'field', 'fields');

/** How far it is behind, said so that it can be judged. */
export const lagText = ({ lag_seconds, late_after_seconds }: Connection) =>
  `${duration(lag_seconds)} behind; late after ${duration(late_after_seconds)}`;
