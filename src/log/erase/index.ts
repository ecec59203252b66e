import { setTimeout as sleep } from 'node:timers/promises';
import { createLoop, type Engine, notFound, Problem } from '../../engine/index.ts';
import { sideTables } from '../reprocess/tables.ts';
import type { Turn } from '../reprocess/turn.ts';
import type { LogMessage } from '../schema.ts';
import type { EraseListener, Erasure } from './schema.ts';
import { Sift } from './sift.ts';
import { type ErasureRow, openStore, present } from './store.ts';
import {
  contactsOf,
  deleteEverywhere,
  formerContactsOf,
  hoursOf,
  idsOf,
  isKnown,
  markHours,
  withIds,
} from './tables.ts';

export type { Erased, ErasedThere, EraseListener, Erasure } from './schema.ts';

/**
 * Erases people: from the log, from every view of it, and by those who listen from every room above. What is sent of
 * them again (a retry, an old file) is refused, until they are allowed again.
 */
export interface Erase {
  start(): Promise<void>;
  stop(): Promise<void>;
  /**
   * Asks for the erasure of whoever has this id, and of every anonymous id joined to it; done in the background. From
   * the moment it resolves, messages about the person are refused. Throws 404 when nobody is known by it.
   */
  person(workspace: string, id: string, by: string): Promise<Erasure>;
  list(workspace: string): Promise<Erasure[]>;
  /** @throws Problem 404 */
  get(workspace: string, id: string): Promise<Erasure>;
  /** Takes messages about somebody with this id again. Throws 404 when they were not refused. */
  allow(workspace: string, id: string): Promise<void>;
  /** The messages that are not about somebody erased. */
  wanted(messages: readonly LogMessage[]): readonly LogMessage[];
  onErase(listener: EraseListener): void;
  /** Resolves when nothing is under way. For tests. */
  idle(): Promise<void>;
}

export interface EraseOptions {
  turn: Turn;
  /** Resolves when everything accepted before is in the views. */
  processed(): Promise<void>;
  /** Tells who listens to the log that these workspaces changed. */
  changed(workspaces: ReadonlySet<string>): Promise<void>;
}

/** Who it is; sealed while the erasure lasts. */
interface Whole {
  ids: string[];
  addresses: string[];
  /** Texts by which rejected messages are known to be about the person. */
  mentions: string[];
}

/** Other processes learn of an erasure within this time. */
const refreshMs = 10_000;
/** Rounds until nothing is found any more; something under way in a room gets so many seconds. */
const mostRounds = 60;

export function createErase(engine: Engine, { turn, processed, changed }: EraseOptions): Erase {
  const { clickhouse, clock, log, secrets } = engine;
  const store = openStore(engine);
  const sift = new Sift(secrets.keys('erased-people'));
  const listeners: EraseListener[] = [];
  let refreshing: NodeJS.Timeout | undefined;

  const loop = createLoop({
    name: 'erase',
    everyMs: 60_000,
    log,
    async run(signal) {
      const row = await store.next();
      if (row) await erase(row, signal);
      return row !== undefined;
    },
  });

  const refresh = async () => sift.set(await store.hashes());
  const hashesOf = (workspace: string, ids: readonly string[]) =>
    ids.flatMap((id) => sift.hashes(workspace, id).slice(0, 1));
  const seal = (person: Whole) => secrets.seal(JSON.stringify(person));

  async function whoIs(workspace: string, id: string): Promise<Whole> {
    const ids = await idsOf(clickhouse, workspace, id);
    return { ids, ...reachedBy(await contactsOf(clickhouse, workspace, ids)) };
  }

  /** What was accepted before the ids were refused may have joined more ids to the person. */
  async function wider(row: ErasureRow): Promise<Whole> {
    const known = JSON.parse(secrets.open(row.person as string)) as Whole;
    const found: Partial<Whole>[] = await Promise.all(known.ids.map((id) => whoIs(row.workspace, id)));
    const ids = [...new Set([...known.ids, ...found.flatMap((one) => one.ids ?? [])])];
    // Addresses they had before are theirs too; only the messages tell of them.
    found.push(reachedBy(await formerContactsOf(clickhouse, row.workspace, ids)));
    const all = (name: keyof Whole) => [
      ...new Set([...known[name], ...found.flatMap((one) => one[name] ?? [])]),
    ];
    const person = { ids: all('ids'), addresses: all('addresses'), mentions: all('mentions') };
    await store.widen(row, seal(person), hashesOf(row.workspace, person.ids));
    await refresh();
    return person;
  }

  /** Takes one erasure to its end. Killed at any line and run again, it gives the same. */
  async function erase(row: ErasureRow, signal: AbortSignal): Promise<void> {
    const { workspace } = row;
    await store.save(row.id, { status: 'running' });
    await processed();
    const person = await wider(row);
    for (let round = 1; ; round++) {
      signal.throwIfAborted();
      const { found, pending } = await once(row, person);
      const nothing = Object.values(found).every((count) => count === 0);
      // With several processes, one that had not heard of it yet may have taken a message.
      if (nothing && !pending && (clickhouse.embedded || round > 2)) break;
      if (round >= mostRounds) throw new Error('Something of the person is still found after many rounds.');
      if (pending) await sleep(1_000, undefined, { signal });
      else if (nothing) await sleep(refreshMs, undefined, { signal });
      await processed();
    }
    const { hours, removed } = (await store.find(workspace, row.id)) ?? row;
    if (hours && hours.length > 0) await markHours(clickhouse, workspace, hours);
    await store.save(row.id, { status: 'done', person: null, hours: null, finished_at: clock.now() });
    await changed(new Set([workspace]));
    log.info({ erasure: row.id, removed }, 'a person was erased');
  }

  async function add(id: string, workspace: string, found: Record<string, number>): Promise<void> {
    const removed = { ...(await store.find(workspace, id))?.removed };
    for (const [place, count] of Object.entries(found)) removed[place] = (removed[place] ?? 0) + count;
    await store.save(id, { removed });
  }

  async function once({ id, workspace }: ErasureRow, person: Whole) {
    const mentions = [...person.mentions, ...person.ids.flatMap(mentionsOf)];
    const found = await turn.take(() =>
      withIds(clickhouse, { workspace, ids: person.ids, mentions }, async () => {
        // Before the events are gone that tell of them.
        const before = (await store.find(workspace, id))?.hours ?? [];
        const hours = new Set([...before, ...(await hoursOf(clickhouse, workspace))]);
        await store.save(id, { hours: [...hours] });
        const here = await deleteEverywhere(clickhouse, workspace, await sideTables(clickhouse));
        // At once: somebody who is asked next may fail, and what is gone is not found again.
        await add(id, workspace, here);
        return here;
      }),
    );
    let pending = false;
    for (const listener of listeners) {
      const there = await listener({ workspace, ids: person.ids, addresses: person.addresses });
      await add(id, workspace, there.removed);
      Object.assign(found, there.removed);
      pending ||= there.pending ?? false;
    }
    return { found, pending };
  }

  return {
    async start() {
      await refresh();
      refreshing = setInterval(() => {
        refresh().catch((err: unknown) => log.warn({ err }, 'the list of erased people could not be read'));
      }, refreshMs).unref();
      loop.start();
    },

    async stop() {
      clearInterval(refreshing);
      await loop.stop();
    },

    async person(workspace, id, by) {
      const person = await whoIs(workspace, id);
      const hashes = hashesOf(workspace, person.ids);
      const before = new Set((await store.hashes()).map(({ hash }) => hash));
      const again = person.ids.some((one) => sift.hashes(workspace, one).some((hash) => before.has(hash)));
      if (!again && !(await isKnown(clickhouse, workspace, person.ids))) {
        throw notFound('person', id);
      }
      const row = await store.create({ workspace, asked_by: by, person: seal(person) }, hashes);
      await refresh();
      loop.poke();
      return present(row);
    },

    list: async (workspace) => (await store.list(workspace)).map(present),

    async get(workspace, id) {
      const row = await store.find(workspace, id);
      if (!row) throw notFound('erasure', id);
      return present(row);
    },

    async allow(workspace, id) {
      if ((await store.allow(workspace, sift.hashes(workspace, id))) === 0) {
        throw new Problem(404, 'not_erased', 'Nobody with this id was erased in this workspace.');
      }
      await refresh();
    },

    wanted: (messages) => sift.wanted(messages),
    onErase: (listener) => void listeners.push(listener),
    idle: () => loop.idle(),
  };
}

/** By what somebody is written to, and known in a text. */
const reachedBy = (contacts: readonly { key: string; value: string }[]) => ({
  addresses: contacts.filter(({ key }) => key === 'email').flatMap(({ value }) => textOf(value) ?? []),
  mentions: contacts.map(({ value }) => value).filter((value) => value.length > 4),
});

function textOf(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** How an id stands in a text that may not be whole JSON. */
const mentionsOf = (id: string): string[] => [
  JSON.stringify(id),
  ...(/^\d+$/.test(id) ? [`Id":${id},`, `Id":${id}}`] : []),
];
