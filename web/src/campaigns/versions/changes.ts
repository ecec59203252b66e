import { stepName } from '../flow/stepText.ts';
import { everyStep } from '../flow/tree.ts';
import type { Definition, Step } from '../queries.ts';

const settings: [words: string, of: (definition: Definition) => unknown][] = [
  ['What lets people in', ({ entry }) => entry.trigger],
  ['The entry segments', ({ entry }) => entry.segments],
  ['Whether people enter again', ({ entry }) => entry.reentry],
  ['When people leave early', ({ exit }) => exit],
  ['The goal', ({ goal }) => goal],
  ['The quiet hours', ({ quiet_hours }) => quiet_hours],
  ['The send windows', ({ send_windows }) => send_windows],
  ['The time zone', ({ timezone, timezone_attribute }) => [timezone, timezone_attribute]],
  ['The program', ({ program }) => program],
  ['The frequency cap', ({ ignore_frequency_cap }) => ignore_frequency_cap],
  ['The merging of emails', ({ merge_within_minutes }) => merge_within_minutes],
  ['The gap between times of day', ({ min_gap_minutes }) => min_gap_minutes],
];

/** A value as text, whatever order its keys are in. */
const plain = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? '';

/** A step without those inside it, which are steps of their own. */
function alone(step: Step): unknown {
  if (step.type === 'branch')
    return { ...step, branches: step.branches.map(({ steps: _, ...rest }) => rest), otherwise: [] };
  if (step.type === 'split') return { ...step, ways: step.ways.map(({ steps: _, ...rest }) => rest) };
  if (step.type === 'wait_for') return { ...step, steps: [], otherwise: [] };
  return step;
}

const fieldWords: Record<string, string> = {
  html: 'the HTML',
  text: 'the text part',
  subject: 'the subject',
  account: 'the account',
  stored: 'the template that the provider keeps',
  seconds: 'how long',
  branches: 'the rules',
  ways: 'the ways',
  url: 'the address',
  attributes: 'the attributes',
  where: 'the conditions',
  timezone: 'the time zone',
};

function changedFields(before: Step, after: Step): string[] {
  const [old, now] = [alone(before), alone(after)] as Record<string, unknown>[];
  const names = new Set([...Object.keys(old!), ...Object.keys(now!)]);
  return [...names]
    .filter((name) => plain(old![name]) !== plain(now![name]))
    .map((name) => fieldWords[name] ?? `the ${name.replaceAll('_', ' ')}`);
}

/** Each step with the step and way it stands in; the way is named within its step, which may have been moved itself. */
function placesOf(definition: Definition) {
  const found = new Map<string, { step: Step; place: string }>();
  const byPath = new Map<string, string>();
  for (const { step, path } of everyStep(definition.steps)) {
    byPath.set(path.join('.'), step.id);
    found.set(step.id, { step, place: ownerOf(path.slice(0, -1), byPath) ?? '' });
  }
  return found;
}

/** The innermost step around a list, and which of its ways the list is. */
function ownerOf(
  list: readonly (string | number)[],
  byPath: ReadonlyMap<string, string>,
): string | undefined {
  for (let end = list.length - 1; end > 0; end--) {
    const id = byPath.get(list.slice(0, end).join('.'));
    if (id !== undefined) return `${id} ${list.slice(end).join('.')}`;
  }
  return undefined;
}

/** What an edit changed, in sentences. */
export function changesBetween(before: Definition, after: Definition): string[] {
  const [old, now] = [placesOf(before), placesOf(after)];
  const changes: string[] = [];
  for (const [words, of] of settings)
    if (plain(of(before)) !== plain(of(after))) changes.push(`${words} changed.`);
  for (const [id, { step }] of now) if (!old.has(id)) changes.push(`${stepName(step)} was added.`);
  for (const [id, { step }] of old) if (!now.has(id)) changes.push(`${stepName(step)} was removed.`);
  for (const [id, { step, place }] of now) {
    const was = old.get(id);
    if (!was) continue;
    const fields = changedFields(was.step, step);
    if (fields.length > 0) changes.push(`${stepName(step)}: ${fields.join(', ')} changed.`);
    if (was.place !== place) changes.push(`${stepName(step)} was moved to another way.`);
  }
  const stayed = (all: typeof old, other: typeof old) =>
    [...all].filter(([id, { place }]) => other.get(id)?.place === place).map(([id]) => id);
  if (plain(stayed(old, now)) !== plain(stayed(now, old))) changes.push('The order of steps changed.');
  return changes;
}
