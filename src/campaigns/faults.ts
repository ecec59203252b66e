import { faultOfCron, nextTime, Problem } from '../engine/index.ts';
import { parseRule } from '../segments/index.ts';
import type { Definition } from './definition.ts';
import { openAt } from './hours.ts';
import { minTimeDifference } from './min-time-difference.ts';
import { type EventShape, everyStep, insideOf, type Step } from './steps.ts';

type Path = (string | number)[];
interface Fault {
  path: Path;
  message: string;
}

const mostSteps = 200;
const deepest = 8;

/** What the shapes of single fields cannot tell of a definition. */
export function faultsOf(given: Definition): Fault[] {
  return [
    ...faultsOfEntry(given),
    ...faultsOfExit(given),
    ...faultsOfHours(given),
    ...faultsOfSteps(given),
    ...faultsOfGap(given),
  ];
}

function faultsOfEntry({ entry }: Definition): Fault[] {
  const { trigger, segments } = entry;
  const faults: Fault[] = [];
  if (['segments', 'schedule', 'import', 'sync'].includes(trigger.type) && segments.length === 0) {
    faults.push({ path: ['entry', 'segments'], message: 'must name at least one segment: its people enter' });
  }
  if (trigger.type === 'event') faults.push(...faultsOfEvent(trigger, ['entry', 'trigger']));
  return faults;
}

function faultsOfExit({ entry, exit, goal }: Definition): Fault[] {
  const faults: Fault[] = [];
  if (exit.on_segment_left && entry.segments.length === 0) {
    faults.push({ path: ['exit', 'on_segment_left'], message: 'needs an entry segment that could be left' });
  }
  if (exit.rule) faults.push(...faultsOfRule(exit.rule, ['exit']));
  if (exit.event) faults.push(...faultsOfEvent(exit.event, ['exit', 'event']));
  if (goal) faults.push(...faultsOfEvent(goal, ['goal']));
  return faults;
}

/** Any day will do: hours are the same each week, but for changes to summer time. */
const someDay = new Date('2026-01-01T00:00:00Z');

function faultsOfHours(given: Definition): Fault[] {
  if (!given.quiet_hours || !given.send_windows || openAt(someDay, given, 'UTC')) return [];
  return [
    { path: ['send_windows'], message: 'lie wholly within the quiet hours: no email would ever go out' },
  ];
}

function faultsOfSteps({ steps }: Definition): Fault[] {
  const faults: Fault[] = [];
  const seen = new Set<string>();
  let count = 0;
  for (const { step, at } of everyStep(steps)) {
    count++;
    if (seen.has(step.id)) {
      faults.push({ path: [...at, 'id'], message: `is used twice: ${JSON.stringify(step.id)}` });
    }
    seen.add(step.id);
    faults.push(...faultsOfStep(step, at));
  }
  if (count > mostSteps) faults.push({ path: ['steps'], message: `are ${count}; there may be ${mostSteps}` });
  if (depthOf(steps) > deepest) {
    faults.push({ path: ['steps'], message: `lie inside each other more than ${deepest} deep` });
  }
  return faults;
}

const depthOf = (steps: readonly Step[]): number =>
  1 + Math.max(0, ...steps.flatMap((step) => insideOf(step).map(({ steps }) => depthOf(steps))));

function faultsOfStep(step: Step, at: Path): Fault[] {
  if (step.type === 'branch')
    return step.branches.flatMap(({ rule }, i) => faultsOfRule(rule, [...at, 'branches', i]));
  if (step.type === 'wait_for') return faultsOfEvent(step, at);
  if (step.type === 'split') {
    const ids = step.ways.map(({ id }) => id);
    const twice = ids.findIndex((id, i) => ids.indexOf(id) < i);
    if (twice >= 0) {
      return [
        { path: [...at, 'ways', twice, 'id'], message: `is used twice: ${JSON.stringify(ids[twice])}` },
      ];
    }
  }
  return [];
}

const faultsOfRule = (rule: unknown, at: Path): Fault[] => faultOf(() => parseRule(rule), at);

const faultsOfEvent = ({ event, where }: EventShape, at: Path): Fault[] =>
  faultOf(() => parseRule({ event, ...(where && { where }) }, ''), at);

function faultOf(read: () => unknown, at: Path): Fault[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { field = '', hint } = error;
    const message = error.message.startsWith(`${field}: `)
      ? error.message.slice(field.length + 2)
      : error.message;
    const place = field.replace(/^\./, '');
    return [{ path: place ? [...at, place] : at, message: hint ? `${message} ${hint}` : message }];
  }
}

function faultsOfGap({ min_gap_minutes, steps, entry: { trigger } }: Definition): Fault[] {
  if (min_gap_minutes === undefined) return [];
  const times = new Set(
    [...everyStep(steps)].flatMap(({ step }) => (step.type === 'wait_until' ? step.time : [])),
  );
  if (trigger.type === 'schedule' && !faultOfCron(trigger.cron)) {
    for (const time of timesOfDay(trigger.cron)) times.add(time);
  }
  if (times.size < 2) return [];
  const gap = minTimeDifference([...times]);
  if (gap >= min_gap_minutes) return [];
  return [
    {
      path: ['min_gap_minutes'],
      message: `is ${min_gap_minutes}, but two times of day in the campaign (${[...times].sort().join(', ')}) are ${gap} minutes apart`,
    },
  ];
}

/** Times of day at which a cron expression comes: of so many in a row. */
const timesLookedAt = 400;

function timesOfDay(cron: string): string[] {
  const times = new Set<string>();
  let last: Date | undefined = someDay;
  for (let n = 0; n < timesLookedAt && last; n++) {
    last = nextTime(cron, 'UTC', last);
    if (last) times.add(last.toISOString().slice(11, 16));
  }
  return [...times];
}
