import { ahead } from './ahead.ts';
import { type Forgetting, isForgotten } from './erase.ts';
import { Trouble } from './errors.ts';
import { batches, type MappedRecord, type Sink } from './sink.ts';
import type { Pages, Probe, Pulled, Source, SourceContext, SourceRecord } from './source.ts';
import { checkSample, removeUnseen } from './verify.ts';

/** What is known of a connection's records; every write is refused when another worker has the connection. */
export interface Records {
  /**
   * Those on the list, and those of which nobody knows whether the sinks hold them. With an instant: those on the list
   * that were not changed after it; with a listing: those that it saw.
   */
  count(at?: Date, listing?: number): Promise<{ listed: number; unsure: number }>;
  /** Of these, the ones that are new or have another content, in the given order; all of them are noted as seen. */
  changed(records: readonly MappedRecord[], listing: number | undefined): Promise<ChangedRecord[]>;
  /**
   * The sinks are about to be given these. Killed in between, nobody knows whether they hold them: they are given again, and
   * removed from the sinks when they are gone by then.
   */
  intended(changes: readonly ChangedRecord[]): Promise<void>;
  /** The sinks hold these, but for those refused since `began`; dead letters of before are about older content. */
  applied(changes: readonly ChangedRecord[], listing: number | undefined, began: Date): Promise<void>;
  /** Begins a full listing: its number, greater than any before. */
  beginListing(): Promise<number>;
  /**
   * How many were on the list and how many of them the listing did not see; whether it did not see anybody else, and
   * whether nobody knows of one of those if the sinks hold them.
   */
  unseen(listing: number): Promise<{ held: number; gone: number; others: boolean; unsure: boolean }>;
  /** Records the listing did not see, some at a time: to be removed before more are asked for. */
  unseenIn(listing: number, limit: number): Promise<HeldRecord[]>;
  removed(ids: readonly string[]): Promise<void>;
  /** Nobody knows any more whether the sinks hold these: they are given again. */
  doubted(ids: readonly string[]): Promise<void>;
  /** Nothing but their ids is kept, until the sinks were told by a run that they are no more. */
  forgotten(ids: readonly string[]): Promise<void>;
  refused(sink: string, operation: 'upsert' | 'remove', letters: readonly Letter[]): Promise<void>;
  sample(size: number): Promise<HeldRecord[]>;
}

type Change = Parameters<Sink['upsert']>[0][number];
type Removal = Parameters<Sink['remove']>[0][number];
export type ChangedRecord = Change;
export type HeldRecord = Omit<Removal, 'time'>;
export interface Letter {
  id: string;
  reason: string;
  content: unknown;
}

export interface Counts {
  seen: number;
  changed: number;
  removed: number;
  refused: number;
  /** How many there are to see, as far as its source has said; a list that changes is seen in part twice. */
  expected?: number | undefined;
}

export const noneYet = (): Counts => ({ seen: 0, changed: 0, removed: 0, refused: 0 });

export interface SyncOptions {
  source: Source;
  context: SourceContext;
  /** Where the last run that was done ended; undefined when there was none, or everything is to be pulled. */
  cursor: unknown;
  /** The same, also when everybody is to be read. */
  since?: unknown;
  records: Records;
  sinks: readonly Sink[];
  map: (record: SourceRecord) => MappedRecord;
  /** Who was erased and is still on the list. */
  forgetting: Forgetting;
  now: () => Date;
  signal: AbortSignal;
  /** The share of records one run may remove; Infinity when a person has confirmed it. */
  removalLimit: number;
  /** Counted in as it goes on, for those who look meanwhile. */
  counts?: Counts;
}

export interface Synced {
  kind: 'probe' | 'incremental' | 'full';
  /** T: everything the source held then (its clock), every sink holds. */
  asOf: Date;
  cursor: unknown;
  counts: Counts;
}

/** Applied together: 5,000 records of Mailchimp cost half of five times 1,000, in statements and in blocks of the log. */
const pagesAhead = 5;
/** Listings of a list that changes while it is read. */
const mostListings = 3;

/**
 * Makes the sinks hold what the source holds: probe → pull → apply → verify → T.
 *
 * - *Probe*: one small call. Nothing changed and the counts agree: done.
 * - *Incremental pull*: what changed since the cursor. Only differing content travels on to the sinks, and a record counts
 *   as held when every sink has acknowledged it. Then the counts of those who did not change since T are compared, whom
 *   nobody can join, so that no newcomer makes up for somebody who left; where they disagree, only a
 * - *full listing* tells who: what it did not see is removed.
 *
 * T is an instant before the pull began, and is returned only when the verification held. Killed anywhere it is simply run
 * again: what the sinks got twice they hold once.
 *
 * @throws Trouble when it could not be finished; T stays where it was
 */
export async function sync(given: SyncOptions): Promise<Synced> {
  const { cursor, counts = noneYet() } = given;
  const expect = (more: number) => {
    counts.expected = counts.seen + more;
  };
  const context = { ...given.context, expect };
  const options = { ...given, context };
  await findLost(options, cursor === undefined);
  const synced = await pulled(options, counts);
  // What was written is looked at once more, in as few calls as tell.
  if (counts.changed + counts.removed > 0 && (await findLost(options, false)) > 0) {
    throw new Trouble('counts_disagree', 'What was just given is not held any more.', {
      hint: 'It is given again by the next run.',
    });
  }
  return synced;
}

/** What the sinks do not hold any more is given again. @returns how many records */
async function findLost({ sinks, records, signal }: SyncOptions, thorough: boolean): Promise<number> {
  let found = 0;
  for (const sink of sinks) {
    signal.throwIfAborted();
    const lost = (await sink.lost?.(thorough)) ?? [];
    for (const ids of batches(lost, 5_000)) await records.doubted(ids);
    found += lost.length;
  }
  return found;
}

async function pulled(options: SyncOptions, counts: Counts): Promise<Synced> {
  const { source, context, cursor, records } = options;
  if (cursor !== undefined) {
    const probe = await source.probe(context, cursor);
    const { listed, unsure } = await records.count();
    if (probe.unchanged && unsure === 0 && agree(probe.count, listed)) {
      return { kind: 'probe', asOf: probe.at, cursor, counts };
    }
    const changed = await changes(options, probe, counts);
    if (changed) return { kind: 'incremental', asOf: changed.at, cursor: changed.cursor, counts };
  }
  return full(options, counts);
}

/** What changed since the cursor. Undefined when the counts disagree after it, and everybody must be read. */
async function changes(options: SyncOptions, probe: Probe, counts: Counts): Promise<Pulled | undefined> {
  const { source, context, cursor, records } = options;
  if (!source.changes) return undefined;
  let pulled: Pulled = { at: probe.at, cursor };
  if (!probe.unchanged) {
    pulled = await pull(options, source.changes(context, cursor), counts);
    if (counts.seen === 0) {
      throw new Trouble(
        'unreadable',
        'Something changed on the list, and asked what, it answers that nothing did.',
      );
    }
  }
  const { at } = pulled;
  const agrees = async (theirs: number | undefined) => {
    const { listed, unsure } = await records.count(at);
    return unsure === 0 && agree(theirs, listed);
  };
  if (await agrees(probe.unchanged ? probe.count : await source.countAt?.(context, at))) return pulled;
  if (!source.unlisted) return undefined;
  await pull(options, source.unlisted(context, cursor), counts);
  // Counted anew: who left the list since it was counted is not among ours any more, and would make up for somebody else.
  const still = await source.countAt?.(context, at);
  return still !== undefined && (await agrees(still)) ? pulled : undefined;
}

/** Everybody, and who is no more. */
async function full(options: SyncOptions, counts: Counts): Promise<Synced> {
  const { source, context, records } = options;
  for (let n = 0; n < mostListings; n++) {
    const listing = await records.beginListing();
    const pulled = await pull(options, source.all(context), counts, listing);
    const { at } = pulled;
    const agrees = async () => {
      const theirs = source.countAt ? await source.countAt(context, at) : pulled.count;
      return agree(theirs, (await records.count(at, listing)).listed);
    };
    if (!(await agrees())) {
      if (!source.changes) continue;
      // Who changed while it was listed is counted no more; what changed since it began tells who that is.
      await pull(options, source.changes(context, pulled.cursor), counts, listing);
      if (!(await agrees())) continue;
    }
    const { gone, others, unsure } = await records.unseen(listing);
    if (source.unlisted && (gone > 0 || others)) {
      // Who is not known to be in the sinks may have left the list long ago.
      await pull(options, source.unlisted(context, unsure ? undefined : options.since), counts, listing);
    }
    await removeUnseen(options, listing, pulled.at, counts);
    await checkSample(options);
    return { kind: 'full', asOf: pulled.at, cursor: pulled.cursor, counts };
  }
  throw new Trouble(
    'counts_disagree',
    `The list was read ${mostListings} times, and each time it held another number of records than were read.`,
    { hint: 'It probably changes faster than it can be read. It is tried again; nothing was removed.' },
  );
}

const agree = (theirs: number | undefined, ours: number) => theirs === undefined || theirs === ours;

async function pull(options: SyncOptions, pages: Pages, counts: Counts, listing?: number): Promise<Pulled> {
  const { map, forgetting } = options;
  const groups = ahead(pages, pagesAhead, (record) => forgetting.forget(map(record)));
  try {
    for (;;) {
      options.signal.throwIfAborted();
      const group = await groups.next();
      if (group.done) return group.value;
      await apply(options, group.value, counts, listing);
    }
  } finally {
    await groups.return(undefined as never);
  }
}

/** Gives the sinks what differs, and notes it as held when all of them have it. */
async function apply(
  options: SyncOptions,
  group: readonly MappedRecord[],
  counts: Counts,
  listing: number | undefined,
): Promise<void> {
  const { records, sinks, forgetting, now, signal } = options;
  // Of a record given twice the last is the newest.
  const latest = new Map(group.map((record) => [record.id, record]));
  const mapped = [...latest.values()];
  counts.seen += mapped.length;
  const changes = await records.changed(mapped, listing);
  const began = now();
  if (changes.length > 0) await records.intended(changes);
  const given = changes.filter(({ record }) => !isForgotten(record.id));
  for (const sink of sinks) {
    for (const batch of batches(given, sink.batchSize)) {
      signal.throwIfAborted();
      const refused = await sink.upsert(batch);
      if (refused.length === 0) continue;
      counts.refused += refused.length;
      const byId = new Map(batch.map(({ record }) => [record.id, record]));
      // Who is known and no longer on the list is taken away there.
      for (const operation of ['upsert', 'remove'] as const) {
        const letters = refused.flatMap(({ id, reason }) => {
          const { listed, attributes } = byId.get(id)!;
          return listed === (operation === 'upsert') ? [{ id, reason, content: attributes }] : [];
        });
        if (letters.length > 0) await records.refused(sink.name, operation, letters);
      }
    }
  }
  if (changes.length > 0) await records.applied(changes, listing, began);
  // Erased while they were on their way: who erases may have looked before they arrived.
  const late = given.filter(({ record }) => forgetting.isErased(record.profile));
  if (late.length > 0) await records.forgotten(late.map(({ record }) => record.id));
  counts.changed += changes.length;
}
