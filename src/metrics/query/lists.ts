import { Problem } from '../../engine/index.ts';

/** A list held elsewhere whose people are among those of the workspace, and up to when it is here. */
export interface ListedElsewhere {
  id: string;
  name: string;
  /** Everything the list held at this instant is here; null before its first sync was done. */
  asOf: Date | null;
  state: string;
  /** When its data becomes too old, or did. */
  lateAt: Date;
  /** Why it does not go on, in words for a person. */
  trouble: { message: string; hint: string | null } | null;
}

/** Tells of the connections of a workspace. This room does not know them itself. */
export type ListsOf = (workspace: string) => Promise<ListedElsewhere[]>;

const isStale = ({ asOf, lateAt }: ListedElsewhere, now: Date) => asOf === null || lateAt < now;

/** As answers carry them. */
export const shownList = (one: ListedElsewhere, now: Date) => ({
  id: one.id,
  name: one.name,
  as_of: one.asOf ? one.asOf.toISOString() : null,
  state: one.state,
  stale: isStale(one, now),
});

/**
 * What counts is how old the data is, not how the connection is doing: one that fails is fresh until its time is over, and
 * one that is paused is not for ever.
 *
 * @throws Problem 409 `stale`, naming the list that is behind the most
 */
export function refuseStale(lists: readonly ListedElsewhere[], now: Date): void {
  const stale = lists.filter((one) => isStale(one, now));
  const oldest = (one: ListedElsewhere) => one.asOf?.getTime() ?? 0;
  const [worst] = stale.toSorted((a, b) => oldest(a) - oldest(b));
  if (!worst) return;
  const so = worst.asOf ? `in sync as of ${worst.asOf.toISOString()} only` : 'not in sync yet';
  const others = stale.length > 1 ? ` (and ${stale.length - 1} more)` : '';
  const why = worst.trouble ? ` ${worst.trouble.message}` : '';
  throw new Problem(409, 'stale', `The connection ${worst.name}${others} is ${so}.${why}`, {
    hint: `${whatToDo(worst)} The workspace refuses numbers over stale data; to see them all the same, turn that off in its settings.`,
  });
}

function whatToDo({ id, asOf, state, trouble }: ListedElsewhere): string {
  const there = `See /connections/${id}.`;
  if (state === 'paused') return `It is paused: resume it. ${there}`;
  if (trouble) return `${trouble.hint ?? 'It is tried again by itself.'} ${there}`;
  return `${asOf ? 'It is late' : 'Its first sync is under way'}: ask again when it is done. ${there}`;
}
