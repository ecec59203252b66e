import { adhoc, type ClickHouse } from '../../engine/index.ts';
import { aboutIds } from '../about.ts';
import { readable } from '../readable.ts';

/**
 * Ids of who is being erased, in memory alone. A deletion names them by this table: its own text is kept on disk by the
 * engine for a while, and must not hold them.
 */
const erasing = 'erasing';
const ids = `(SELECT id FROM ${erasing})`;

const ofMessage = aboutIds(ids);
const ofEvent = `if(user_id != '', user_id, anonymous_id) IN ${ids}`;
const ofPerson = `person IN (SELECT sipHash64(id) FROM ${erasing})`;
const ofIdentity = `anonymous_id IN ${ids} OR user_id IN ${ids}`;
const ofOwners = `from_person IN (SELECT sipHash64(id) FROM ${erasing}) OR to_person IN (SELECT sipHash64(id) FROM ${erasing})`;
/** What could not be taken may be no JSON at all, so it is looked for by its text (`mentions`). */
const rejectedRow = '(toUnixTimestamp64Milli(received_at), cityHash64(message))';
const ofRejected = `${rejectedRow} IN (SELECT at, hash FROM ${erasing}_rejected)`;

const places: readonly { table: string; where: string }[] = [
  { table: 'messages', where: ofMessage },
  { table: 'messages_rejected', where: ofRejected },
  { table: 'events', where: ofEvent },
  { table: 'person_events', where: ofPerson },
  { table: 'profile_attributes', where: ofPerson },
  { table: 'people', where: ofPerson },
  { table: 'people_texts', where: ofPerson },
  { table: 'profile_places', where: ofPerson },
  { table: 'identities', where: ofIdentity },
  { table: 'identity_owners', where: ofOwners },
];

const run = (clickhouse: ClickHouse, name: string, text: string, params: Record<string, unknown> = {}) =>
  clickhouse.run(adhoc(name, text), params, {
    settings: { lightweight_deletes_sync: '2', mutations_sync: '2' },
  });

export interface Whom {
  workspace: string;
  ids: readonly string[];
  /** Texts by which a rejected message is known to be about the person. */
  mentions: readonly string[];
}

/** Puts the ids where the deletions look, for as long as `work` runs. */
export async function withIds<T>(clickhouse: ClickHouse, whom: Whom, work: () => Promise<T>): Promise<T> {
  const drop = async () => {
    await run(clickhouse, 'erasing_drop', `DROP TABLE IF EXISTS ${erasing}`);
    await run(clickhouse, 'erasing_drop', `DROP TABLE IF EXISTS ${erasing}_rejected`);
  };
  await drop();
  try {
    await run(clickhouse, 'erasing', `CREATE TABLE ${erasing} (id String) ENGINE = Memory`);
    await run(
      clickhouse,
      'erasing',
      `CREATE TABLE ${erasing}_rejected (at Int64, hash UInt64) ENGINE = Memory`,
    );
    await run(clickhouse, 'erasing_ids', `INSERT INTO ${erasing} SELECT arrayJoin({ids:Array(String)})`, {
      ids: [...whom.ids],
    });
    await run(
      clickhouse,
      'erasing_rejected',
      `INSERT INTO ${erasing}_rejected SELECT ${rejectedRow}.1, ${rejectedRow}.2 FROM messages_rejected
       WHERE workspace = {workspace:UUID}
         AND (arrayExists(one -> position(message, one) > 0, {mentions:Array(String)}) OR ${ofMessage})`,
      { workspace: whom.workspace, mentions: [...whom.mentions] },
    );
    return await work();
  } finally {
    await drop();
  }
}

/** Hours that have events of the person, seconds since 1970. Within `withIds`. */
export async function hoursOf(clickhouse: ClickHouse, workspace: string): Promise<number[]> {
  const rows = await clickhouse.rows<{ hour: number }>(
    adhoc(
      'erase_hours',
      `SELECT DISTINCT toUnixTimestamp(toStartOfHour(toDateTime(time, 'UTC'))) AS hour FROM events
       WHERE workspace = {workspace:UUID} AND (${ofEvent})`,
    ),
    { workspace },
  );
  return rows.map(({ hour }) => hour);
}

/**
 * Deletes what is of the person, of the log, its views, and what a reprocessing has beside them: unseen by everybody when
 * it resolves, and then rewritten without it. Within `withIds`.
 *
 * @returns rows by table; nothing was left of the person when all are 0
 */
export async function deleteEverywhere(
  clickhouse: ClickHouse,
  workspace: string,
  sides: readonly string[],
): Promise<Record<string, number>> {
  const removed: Record<string, number> = {};
  for (const { table, where } of places) {
    for (const name of [table, ...sides.filter((side) => isSideOf(side, table))]) {
      removed[table] = (removed[table] ?? 0) + (await deleteFrom(clickhouse, workspace, name, where));
    }
  }
  return removed;
}

const isSideOf = (side: string, table: string) =>
  side === `reprocess_${table}` || side === `reprocess_kept_${table}`;

async function deleteFrom(clickhouse: ClickHouse, workspace: string, table: string, where: string) {
  // The workspace comes first in every sorting key: only its own rows are read to find where something is.
  const of = `workspace = {workspace:UUID} AND (${where})`;
  const { rows } = await clickhouse.row<{ rows: number }>(
    adhoc(`erase_find ${table}`, `SELECT count() AS rows FROM ${table} WHERE ${of}`),
    { workspace },
  );
  if (rows === 0) return 0;
  // Not partition by partition: each statement touches every part of the table, if only to see that nothing is to do.
  await run(clickhouse, `erase ${table}`, `DELETE FROM ${table} WHERE ${of}`, { workspace });
  await run(clickhouse, `erase_bytes ${table}`, `ALTER TABLE ${table} APPLY DELETED MASK`);
  return rows;
}

/** Marks hours to be counted again. */
export const markHours = (clickhouse: ClickHouse, workspace: string, hours: readonly number[]) =>
  run(
    clickhouse,
    'erase_mark',
    `INSERT INTO hour_marks (workspace, hour, touched, messages, event_hours)
     SELECT {workspace:UUID}, toDateTime(arrayJoin({hours:Array(UInt32)}), 'UTC'), now64(3, 'UTC'), 0, []`,
    { workspace, hours: [...hours] },
  );

/** All ids that are the same person now: whatever leads to this one, and whatever it leads to. */
export async function idsOf(clickhouse: ClickHouse, workspace: string, id: string): Promise<string[]> {
  const ids = new Set([id]);
  for (let before = 0; before < ids.size; ) {
    before = ids.size;
    const links = await clickhouse.rows<{ from_id: string; to_id: string }>(
      adhoc(
        'erase_links',
        `SELECT anonymous_id AS from_id, user_id AS to_id FROM identities FINAL
         WHERE workspace = {workspace:UUID} AND (from_id IN {ids:Array(String)} OR to_id IN {ids:Array(String)})`,
      ),
      { workspace, ids: [...ids] },
    );
    for (const { from_id, to_id } of links) ids.add(from_id).add(to_id);
  }
  return [...ids];
}

/** Email addresses and telephone numbers known of the person, as JSON texts. */
export const contactsOf = (clickhouse: ClickHouse, workspace: string, ids: readonly string[]) =>
  clickhouse.rows<{ key: string; value: string }>(
    adhoc(
      'erase_contacts',
      `SELECT DISTINCT key, if(kind = 'string', toJSONString(text), text) AS value FROM profile_attributes
       WHERE workspace = {workspace:UUID} AND key IN ('email', 'phone')
         AND person IN (SELECT sipHash64(arrayJoin({ids:Array(String)})))`,
    ),
    { workspace, ids: [...ids] },
  );

/** Those the person had at any time, by every message that is kept; the log is read for them. */
export const formerContactsOf = (clickhouse: ClickHouse, workspace: string, ids: readonly string[]) =>
  clickhouse.rows<{ key: string; value: string }>(
    adhoc(
      'erase_former_contacts',
      `SELECT DISTINCT arrayJoin(['email', 'phone']) AS key, JSONExtractRaw(${readable}, 'traits', key) AS value
       FROM messages
       WHERE workspace = {workspace:UUID} AND (${aboutIds('{ids:Array(String)}')}) AND value != ''`,
    ),
    { workspace, ids: [...ids] },
  );

/** Whether a message was ever about somebody with one of these ids. */
export async function isKnown(
  clickhouse: ClickHouse,
  workspace: string,
  ids: readonly string[],
): Promise<boolean> {
  const hashes = '(SELECT sipHash64(arrayJoin({ids:Array(String)})))';
  const of = (table: string) =>
    `SELECT 1 FROM ${table} WHERE workspace = {workspace:UUID} AND person IN ${hashes} LIMIT 1`;
  const known = await clickhouse.rows(
    adhoc('erase_known', [of('people'), of('profile_attributes'), of('events')].join(' UNION ALL ')),
    { workspace, ids: [...ids] },
  );
  return known.length > 0;
}
