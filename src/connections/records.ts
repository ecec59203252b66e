import { type Kysely, sql } from 'kysely';
import type { Postgres } from '../engine/index.ts';
import { LeaseLost } from './errors.ts';
import type { MappedRecord } from './sink.ts';
import type { ChangedRecord, HeldRecord, Records } from './sync.ts';

/** Whose turn it is with a connection: the number grows with each worker that takes it. */
export interface Lease {
  connection: string;
  fence: number;
}

/** Which of these profiles records on the list are about, other than those named. */
export type Holders = (profiles: readonly string[], except: readonly string[]) => Promise<Set<string>>;

interface Row {
  record: string;
  profile: string | null;
  listed: boolean;
  former: string[];
  attributes: string[];
  applied_at: Date;
}

// biome-ignore lint/suspicious/noExplicitAny: raw statements; Kysely's types of tables do not matter to them.
type Db = Kysely<any>;

const heldOf = ({ record, profile, listed, former, attributes, applied_at }: Row): HeldRecord => ({
  id: record,
  before: { profile, listed, former, attributes, appliedAt: applied_at },
});

/** Runs what writes, in a transaction of its own, and only while the lease holds. */
export const fencedBy =
  (db: Db, { connection, fence }: Lease) =>
  <T>(work: (trx: Db) => Promise<T>): Promise<T> =>
    db.transaction().execute(async (trx) => {
      const { rows } = await sql`
        SELECT 1 FROM connections WHERE id = ${connection} AND fence = ${fence} FOR SHARE`.execute(trx);
      if (rows.length === 0) throw new LeaseLost();
      return work(trx);
    });

/**
 * The record store of one connection: for each record what the sinks were given last. Set-based, a page at a time.
 * Whatever is written is written only while the lease holds, in the same transaction.
 */
export function recordsOf(
  { db }: Pick<Postgres, 'db'>,
  { connection, fence }: Lease,
  now: () => Date,
): Records & { holders: Holders } {
  const fenced = fencedBy(db as Db, { connection, fence });
  /** The same for what changes how many there are: who wants to know it counts again. */
  const altering = <T>(work: (trx: Db) => Promise<T>): Promise<T> =>
    fenced(async (trx) => {
      await sql`UPDATE connections SET counted = NULL WHERE id = ${connection} AND counted IS NOT NULL`.execute(
        trx,
      );
      return work(trx);
    });

  return {
    async count(at, listing) {
      if (at === undefined && listing === undefined) return counted(db as Db, connection);
      const listed = sql.join(
        [
          sql`listed AND hash <> ''`,
          ...(at ? [sql`(changed_at IS NULL OR changed_at <= ${secondOf(at)})`] : []),
          ...(listing === undefined ? [] : [sql`seen = ${listing}`]),
        ],
        sql` AND `,
      );
      const { rows } = await sql<{ listed: number; unsure: number }>`
        SELECT count(*) FILTER (WHERE ${listed}) AS listed, count(*) FILTER (WHERE hash = '') AS unsure
        FROM connection_records WHERE connection = ${connection}`.execute(db);
      return rows[0] ?? { listed: 0, unsure: 0 };
    },
    async unseen(listing) {
      const { rows } = await sql<{ held: number; gone: number; others: boolean; unsure: boolean }>`
        SELECT count(*) FILTER (WHERE listed) AS held, count(*) FILTER (WHERE listed AND seen < ${listing}) AS gone,
          coalesce(bool_or(seen < ${listing} AND NOT listed), false) AS others,
          coalesce(bool_or(seen < ${listing} AND hash = ''), false) AS unsure
        FROM connection_records WHERE connection = ${connection}`.execute(db);
      return rows[0]!;
    },

    async changed(records, listing) {
      const known = await fenced(async (trx) => {
        const ids = records.map(({ id }) => id);
        const hashes = records.map(({ hash }) => hash);
        // By the primary key and not by a join with what is given: for that the whole list was read each time.
        const { rows } = await sql<Row & { hash: string }>`
          SELECT record, profile, listed, former, attributes, applied_at, encode(hash, 'hex') AS hash
          FROM connection_records WHERE connection = ${connection} AND record = ANY(${ids}::text[])`.execute(
          trx,
        );
        await sql`
          UPDATE connection_records AS r
          SET seen = greatest(r.seen, ${listing ?? 0}::bigint),
              changed_at = CASE WHEN r.hash = decode(given.hash, 'hex') THEN given.changed_at ELSE r.changed_at END
          FROM unnest(${ids}::text[], ${hashes}::text[],
            ${records.map(({ changedAt }) => changedAt?.toISOString() ?? null)}::timestamptz[]) AS given (record, hash, changed_at)
          WHERE r.connection = ${connection} AND r.record = ANY(${ids}::text[]) AND r.record = given.record
            AND (r.seen < ${listing ?? 0}::bigint OR (r.hash = decode(given.hash, 'hex') AND r.changed_at IS DISTINCT FROM given.changed_at))`.execute(
          trx,
        );
        return new Map(rows.map((row) => [row.record, row]));
      });
      return records.flatMap((record): ChangedRecord[] => {
        const row = known.get(record.id);
        if (row?.hash === record.hash) return [];
        const before = row && heldOf(row).before;
        return [{ record, before, time: timeOf(record, before?.appliedAt, now()) }];
      });
    },

    intended: (changes) =>
      altering(async (trx) => {
        await sql`
          INSERT INTO connection_records AS r (connection, record, hash, profile, listed, attributes, applied_at)
          SELECT ${connection}::uuid, record, '', profile, listed, attributes, applied_at FROM ${given(changes)}
          ON CONFLICT (connection, record) DO UPDATE
          SET hash = '', profile = excluded.profile, listed = r.listed OR excluded.listed,
              former = CASE WHEN r.profile IS DISTINCT FROM excluded.profile AND r.profile IS NOT NULL
                AND r.profile <> ALL(r.former) THEN r.former || r.profile ELSE r.former END,
              attributes = ARRAY(SELECT DISTINCT unnest(r.attributes || excluded.attributes)),
              applied_at = greatest(r.applied_at, excluded.applied_at)`.execute(trx);
      }),

    applied: (changes, listing, began) =>
      altering(async (trx) => {
        await sql`
          INSERT INTO connection_records AS r (connection, record, hash, profile, listed, attributes, applied_at, changed_at, seen)
          SELECT ${connection}::uuid, record, hash, profile, listed, attributes, applied_at, changed_at, ${listing ?? 0}::bigint
          FROM ${given(changes)}
          ON CONFLICT (connection, record) DO UPDATE
          SET hash = excluded.hash, profile = excluded.profile, listed = excluded.listed, former = '{}',
              attributes = excluded.attributes, applied_at = excluded.applied_at, changed_at = excluded.changed_at,
              seen = greatest(r.seen, excluded.seen)`.execute(trx);
        await forgetLetters(
          trx,
          connection,
          changes.map(({ record }) => record.id),
          began,
        );
      }),

    beginListing: () =>
      fenced(async (trx) => {
        const { rows } = await sql<{ listing: number }>`
          UPDATE connections SET listing = listing + 1 WHERE id = ${connection} RETURNING listing`.execute(
          trx,
        );
        return rows[0]?.listing ?? 0;
      }),

    async unseenIn(listing, limit) {
      const { rows } = await sql<Row>`
        SELECT record, profile, listed, former, attributes, applied_at FROM connection_records
        WHERE connection = ${connection} AND seen < ${listing} ORDER BY record LIMIT ${limit}`.execute(db);
      return rows.map(heldOf);
    },

    async holders(profiles, except) {
      const { rows } = await sql<{ profile: string }>`
        SELECT DISTINCT profile FROM connection_records
        WHERE connection = ${connection} AND profile = ANY(${profiles}::text[]) AND listed
          AND record <> ALL(${except}::text[])`.execute(db);
      return new Set(rows.map(({ profile }) => profile));
    },

    removed: (ids) =>
      altering(async (trx) => {
        await sql`
          DELETE FROM connection_records WHERE connection = ${connection} AND record = ANY(${ids}::text[])`.execute(
          trx,
        );
      }),

    forgotten: (ids) =>
      altering(async (trx) => {
        await sql`
          UPDATE connection_records SET hash = '', profile = NULL, former = '{}', attributes = '{}'
          WHERE connection = ${connection} AND record = ANY(${ids}::text[])`.execute(trx);
        await forgetLetters(trx, connection, ids);
      }),

    doubted: (ids) =>
      altering(async (trx) => {
        await sql`
          UPDATE connection_records SET hash = ''::bytea
          WHERE connection = ${connection} AND record = ANY(${ids}::text[])`.execute(trx);
      }),

    refused: (sink, operation, letters) =>
      fenced(async (trx) => {
        await sql`
          INSERT INTO connection_dead_letters AS d (connection, sink, record, operation, content, reason, first_at, last_at)
          SELECT ${connection}::uuid, ${sink}::text, id, ${operation}::text, content, left(reason, 500), ${now()}::timestamptz, ${now()}::timestamptz
          FROM jsonb_to_recordset(${JSON.stringify(letters)}::jsonb) AS r (id text, reason text, content jsonb)
          ON CONFLICT (connection, sink, record) DO UPDATE
          SET operation = excluded.operation, content = excluded.content, reason = excluded.reason,
              attempts = d.attempts + 1, last_at = excluded.last_at`.execute(trx);
      }),

    async sample(size) {
      const { rows } = await sql<Row>`
        SELECT record, profile, listed, former, attributes, applied_at FROM connection_records
        WHERE connection = ${connection} ORDER BY random() LIMIT ${size}`.execute(db);
      return rows.map(heldOf);
    },
  };
}

/** Lists tell times by the second. */
const secondOf = (at: Date) => new Date(Math.floor(at.getTime() / 1_000) * 1_000);

/** Changes as a table. */
const given = (changes: readonly ChangedRecord[]) => {
  const all = changes.map(({ record }) => record);
  return sql`(SELECT record, decode(hash, 'hex') AS hash, profile, listed, attributes::text[] AS attributes, applied_at, changed_at
    FROM unnest(${all.map(({ id }) => id)}::text[], ${all.map(({ hash }) => hash)}::text[],
      ${all.map(({ profile }) => profile)}::text[], ${all.map(({ listed }) => listed)}::boolean[],
      ${all.map(valued)}::text[], ${changes.map(({ time }) => time.toISOString())}::timestamptz[],
      ${all.map(({ changedAt }) => changedAt?.toISOString() ?? null)}::timestamptz[])
    AS rows (record, hash, profile, listed, attributes, applied_at, changed_at)) AS given`;
};

/** Counted once after each change: a list that stays as it is costs no reading of its records. */
async function counted(db: Db, connection: string): Promise<{ listed: number; unsure: number }> {
  return db.transaction().execute(async (trx) => {
    const { rows: known } = await sql<{ counted: number | null }>`
      SELECT counted FROM connections WHERE id = ${connection} FOR UPDATE`.execute(trx);
    const before = known[0]?.counted;
    if (before !== null && before !== undefined) return { listed: before, unsure: 0 };
    const { rows } = await sql<{ listed: number; unsure: number }>`
      SELECT count(*) FILTER (WHERE listed AND hash <> '') AS listed, count(*) FILTER (WHERE hash = '') AS unsure
      FROM connection_records WHERE connection = ${connection}`.execute(trx);
    const now = rows[0] ?? { listed: 0, unsure: 0 };
    if (now.unsure === 0) {
      await sql`UPDATE connections SET counted = ${now.listed} WHERE id = ${connection}`.execute(trx);
    }
    return now;
  });
}

/** Letters about these records; with `began`, those of an older content: the newer was taken, or has a letter of its own. */
const forgetLetters = (trx: Db, connection: string, ids: readonly string[], began?: Date) =>
  sql`
  DELETE FROM connection_dead_letters
  WHERE connection = ${connection} AND record = ANY(${ids}::text[]) AND (${began === undefined} OR last_at < ${began ?? null})`.execute(
    trx,
  );

/** The attributes that have a value, as an array of PostgreSQL; their names are of letters, digits and _. */
const valued = ({ attributes }: MappedRecord) => {
  const names = Object.entries(attributes).flatMap(([name, value]) => (value === null ? [] : [name]));
  return `{${names.join(',')}}`;
};

/** Times of one record only grow: of two changes within the source's second the later one must win. */
function timeOf({ changedAt }: MappedRecord, before: Date | undefined, now: Date): Date {
  const said = Math.min((changedAt ?? now).getTime(), now.getTime());
  return new Date(Math.max(said, (before?.getTime() ?? 0) + 1));
}
