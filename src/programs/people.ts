import { createHash } from 'node:crypto';
import { type Kysely, type Selectable, sql } from 'kysely';
import { createLoop, type Engine, type Loop, statement } from '../engine/index.ts';
import { type Log, type LogMessage, messageText } from '../log/index.ts';
import type { Tables } from './tables.ts';

type List = Selectable<Tables['program_lists']>;

const peopleLeft = statement(import.meta.url, './sql/people_left.sql');

/** Messages appended together: about 2 MB. */
export const peopleAtOnce = 10_000;

/**
 * Writes lists of people into the log: a `group` message for everybody on the list, and one that says `left` for those who
 * were on the one before. The log alone knows who belongs where; here a list stays only until it is there.
 */
export function createPeopleLoop(engine: Engine, log: Pick<Log, 'append'>): Loop & { all(): Promise<void> } {
  const db = engine.postgres.db.withTables<Tables>();

  async function writeAll(signal: AbortSignal, wait = false): Promise<void> {
    const waiting = await db.selectFrom('program_lists').select('place').orderBy('at').execute();
    for (const { place } of waiting) {
      if (signal.aborted) return;
      await alone(db, place, wait, (held) => writeList(held, place, signal));
    }
  }

  async function writeList(held: Kysely<Tables>, place: string, signal: AbortSignal): Promise<void> {
    const list = await held
      .selectFrom('program_lists')
      .selectAll()
      .where('place', '=', place)
      .executeTakeFirst();
    if (!list) return;
    for (let from = 0; from < list.people.length; from += peopleAtOnce) {
      if (signal.aborted) return;
      await append(list, list.people.slice(from, from + peopleAtOnce));
    }
    const { workspace, at } = list;
    const asked = { workspace, source: sourceOf(list), place, at: at.toISOString() };
    for await (const rows of engine.clickhouse.stream<{ person: string }>(peopleLeft, asked, { signal })) {
      await append(
        list,
        rows.map(({ person }) => person),
        { left: true },
      );
    }
    // A newer list may have taken its place meanwhile.
    await held.deleteFrom('program_lists').where('place', '=', place).where('at', '=', at).execute();
  }

  function append(list: List, people: readonly string[], traits?: { left: true }): Promise<void> {
    const receivedAt = engine.clock.now();
    const source = sourceOf(list);
    return log.append(
      people.map(
        (person): LogMessage => ({
          workspace: list.workspace,
          source,
          receivedAt,
          message: messageText({
            type: 'group',
            messageId: messageId(list, person),
            userId: person,
            groupId: list.place,
            timestamp: list.at.toISOString(),
            ...(traits ? { traits } : {}),
          }),
        }),
      ),
    );
  }

  const loop = createLoop({
    name: 'people of programs',
    everyMs: 10_000,
    log: engine.log,
    run: async (signal) => {
      await writeAll(signal);
      return false;
    },
  });
  return { ...loop, all: () => writeAll(new AbortController().signal, true) };
}

const sourceOf = ({ program }: List) => `program:${program}`;

/** Of the document, the place and the person: what is sent again counts once. */
const messageId = ({ fingerprint, place }: List, person: string): string =>
  `program:${fingerprint}:${createHash('sha256').update(`${place}\0${person}`).digest('base64url')}`;

/**
 * Runs alone among all processes for this place: two lists of it written at the same time would not see each other's people.
 * Whoever finds it taken leaves it to the other, unless told to wait.
 */
async function alone(
  db: Kysely<Tables>,
  place: string,
  wait: boolean,
  run: (held: Kysely<Tables>) => Promise<void>,
): Promise<void> {
  const key = sql`hashtextextended(${`program list:${place}`}, 0)`;
  await db.connection().execute(async (held) => {
    if (wait) {
      await sql`SELECT pg_advisory_lock(${key})`.execute(held);
    } else {
      const { rows } = await sql<{ got: boolean }>`SELECT pg_try_advisory_lock(${key}) AS got`.execute(held);
      if (!rows[0]?.got) return;
    }
    try {
      await run(held);
    } finally {
      // It fails only when the connection is lost, and then the server has let go by itself.
      await sql`SELECT pg_advisory_unlock(${key})`.execute(held).catch(() => {});
    }
  });
}
