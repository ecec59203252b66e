import { count } from '../shared/format.ts';
import type { Incident, Member } from './queries.ts';

/** Why people are told, in a word or two. */
const causes: Record<string, string> = {
  late: 'behind',
  credentials_refused: 'credentials refused',
  gone: 'list gone',
  misconfigured: 'settings refused',
  removals_held: 'removals held back',
};
export const causeText = ({ cause }: Incident) => causes[cause] ?? cause.replaceAll('_', ' ');

const leavings: Record<NonNullable<Member['left_how']>, string> = {
  well: 'well again',
  paused: 'paused',
  removed: 'removed',
  moved: 'in another incident now',
};
export const leftText = ({ left_how }: Member) => (left_how ? leavings[left_how] : 'not well');

/** What to do where the other side gave no hint of its own. */
export const whatToDo = ({ hint, needs_person }: Incident) =>
  hint ??
  (needs_person
    ? 'Somebody has to act; it does not pass by itself.'
    : 'It is tried again by itself. Look at its runs if that lasts.');

/** What happened, as it is now: others may have joined since people were told of the first. */
export function titleOf({ summary, closed_at, needs_person, unwell, watch }: Incident): string {
  if (closed_at !== null || unwell < 2) return summary;
  const many = count(unwell, watch, `${watch}s`);
  return needs_person ? `${many} need somebody` : `${many} have fallen behind`;
}
