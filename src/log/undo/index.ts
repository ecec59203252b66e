import { createHash } from 'node:crypto';
import { adhoc, type Engine } from '../../engine/index.ts';
import { markHours } from '../erase/tables.ts';
import { readable } from '../readable.ts';
import { sideTables } from '../reprocess/tables.ts';
import type { Turn } from '../reprocess/turn.ts';

export interface UndoOptions {
  turn: Turn;
  /** Resolves when everything accepted before is in the views. */
  processed(): Promise<void>;
  /** An insert into the views: not while they are being replaced. */
  beside(insert: () => Promise<void>): Promise<void>;
  /** Tells who listens to the log that these workspaces changed. */
  changed(workspaces: ReadonlySet<string>): Promise<void>;
}

const said = (name: string) => `JSONExtractString(${readable}, '${name}')`;
const idNames = ['userId', 'anonymousId', 'previousId'];

/** Where the views have rows of a person; `ids` is SQL of a list of ids. Events have their source, and go by that. */
const ofPeople = (ids: string): readonly { table: string; where: string }[] => {
  const persons = `(SELECT sipHash64(id) FROM ${ids})`;
  const linked = `from_person IN ${persons} OR to_person IN ${persons}`;
  return [
    ...['person_events', 'profile_attributes', 'people', 'people_texts', 'profile_places'].map((table) => ({
      table,
      where: `person IN ${persons}`,
    })),
    ...['identities', 'identity_owners'].map((table) => ({ table, where: linked })),
  ];
};

/**
 * Takes everything that came from one source out of the log and its views again. The people it was about are derived anew
 * from what else is known of them, since a newer value has replaced the older one in the views.
 *
 * Killed at any line and called again it ends the same: whom it is about is noted, durably, before anything is deleted.
 *
 * @returns false when it cannot be done just now, as the views are being derived again; nothing was changed then
 */
export function createUndo(engine: Engine, { turn, processed, beside, changed }: UndoOptions) {
  const { clickhouse } = engine;

  return async function takeBack(workspace: string, source: string): Promise<boolean> {
    const note = `undo_${createHash('sha256').update(`${workspace} ${source}`).digest('hex').slice(0, 24)}`;
    const hoursNote = `${note}_hours`;
    const run = (name: string, text: string, params: Record<string, unknown> = {}) =>
      clickhouse.run(adhoc(`undo_${name}`, text), params, {
        settings: { lightweight_deletes_sync: '2', mutations_sync: '2' },
      });
    const here = { workspace, source };
    const mine = 'workspace = {workspace:UUID} AND source = {source:String}';

    async function noteDown() {
      const durable = 'SETTINGS fsync_after_insert = 1, fsync_part_directory = 1';
      await run(
        'note',
        `CREATE TABLE IF NOT EXISTS ${note} (id String) ENGINE = MergeTree ORDER BY id ${durable}`,
      );
      await run(
        'note',
        `CREATE TABLE IF NOT EXISTS ${hoursNote} (hour UInt32) ENGINE = MergeTree ORDER BY hour ${durable}`,
      );
      const ids = `arrayJoin([${idNames.map(said).join(', ')}])`;
      await run(
        'people',
        `INSERT INTO ${note} SELECT DISTINCT id FROM (SELECT ${ids} AS id FROM messages WHERE ${mine}) WHERE id != ''`,
        here,
      );
      await run(
        'hours',
        `INSERT INTO ${hoursNote} SELECT DISTINCT toUnixTimestamp(toStartOfHour(toDateTime(time, 'UTC'))) FROM events WHERE ${mine}`,
        here,
      );
    }

    async function remove() {
      for (const table of ['messages', 'events'])
        await run(table, `DELETE FROM ${table} WHERE ${mine}`, here);
      for (const { table, where } of ofPeople(note))
        await run(table, `DELETE FROM ${table} WHERE workspace = {workspace:UUID} AND (${where})`, here);
    }

    /** What is left of these people goes through the views once more; they bear repetition. */
    async function deriveAgain() {
      const columns = 'workspace, received_at, sent_at, source, country, user_agent, ip, message';
      const about = idNames.map((name) => `${said(name)} IN (SELECT id FROM ${note})`).join(' OR ');
      await beside(() =>
        run(
          'again',
          `INSERT INTO incoming (${columns}) SELECT ${columns} FROM messages WHERE workspace = {workspace:UUID} AND (${about})`,
          here,
        ),
      );
    }

    await processed();
    const done = await turn.take(async () => {
      if ((await sideTables(clickhouse)).length > 0) return false;
      await noteDown();
      await remove();
      await deriveAgain();
      const hours = await clickhouse.rows<{ hour: number }>(
        adhoc('undo_noted_hours', `SELECT hour FROM ${hoursNote}`),
      );
      if (hours.length > 0)
        await markHours(
          clickhouse,
          workspace,
          hours.map(({ hour }) => hour),
        );
      await run('drop', `DROP TABLE IF EXISTS ${hoursNote}`);
      await run('drop', `DROP TABLE IF EXISTS ${note}`);
      return true;
    });
    if (done) await changed(new Set([workspace]));
    return done;
  };
}
