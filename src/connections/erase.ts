import { createHash, createHmac } from 'node:crypto';
import { sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import { erasedContact } from './contacts.ts';
import { pushes } from './define.ts';
import type { MappedRecord } from './sink.ts';

/**
 * What to do about erased people whom a list still holds: only its owner can delete them there. They are counted, so that both
 * sides still agree, by a keyed hash and nothing else; no sink is given anything of them.
 */
export interface Forgetting {
  /** Whether messages about this person are refused. */
  isErased(profile: string | null): boolean;
  /** The record itself; of somebody erased, what may be known of it. */
  forget(record: MappedRecord): MappedRecord;
}

const prefix = 'erased:';
/** Whether a record is what was left of one. */
export const isForgotten = (id: string): boolean => id.length === prefix.length + 43 && id.startsWith(prefix);

const nothing = createHash('sha256').update('erased').digest('hex').slice(0, 32);

export function forgettingOf(
  { secrets }: Pick<Engine, 'secrets'>,
  log: Pick<Log, 'erase'>,
  workspace: string,
): Forgetting {
  // By the oldest secret: a record whose name changed would be another record.
  const key = secrets.keys('erased-records').at(-1)!;
  const isErased = (profile: string | null) => {
    if (profile === null) return false;
    const message = JSON.stringify({ userId: profile });
    const asked = [{ workspace, source: 'connection', receivedAt: new Date(0), message }];
    return log.erase.wanted(asked).length === 0;
  };
  return {
    isErased,
    forget(record) {
      if (!isErased(record.profile)) return record;
      const name = createHmac('sha256', key).update(`${workspace}\0${record.id}`).digest('base64url');
      return { ...record, id: prefix + name, profile: null, attributes: {}, hash: nothing };
    },
  };
}

/**
 * The records of who is erased go, and their dead letters. A data API was given them too: their ids are kept until it was told
 * that they are no more, by the next run, which reads everybody since the counts no longer agree. So it is with the audience a
 * segment is pushed to, of whose contact the name is kept alone.
 */
export function eraseFromConnections({ postgres }: Pick<Engine, 'postgres'>, log: Log): void {
  log.erase.onErase(({ workspace, ids, addresses }) =>
    postgres.db.transaction().execute(async (trx) => {
      const texts = [...new Set([...ids, ...addresses].map((text) => text.toLowerCase()))];
      const { rows } = await sql<{ connection: string; record: string; told: boolean; pushed: boolean }>`
        SELECT connection, record, c.sinks @> '[{"kind": "data_api"}]' AS told, c.kind = ${pushes} AS pushed
        FROM connection_records AS r JOIN connections AS c ON c.id = r.connection
        WHERE c.workspace = ${workspace} AND (profile = ANY(${ids}::text[]) OR former && ${ids}::text[]
          OR (c.kind = ${pushes} AND (record = ANY(${ids}::text[]) OR profile = ANY(${texts}::text[]) OR former && ${texts}::text[])))
        FOR UPDATE OF r`.execute(trx);
      const those = (which: typeof rows) => sql`(connection, record) IN (
        SELECT * FROM unnest(${which.map((one) => one.connection)}::uuid[], ${which.map((one) => one.record)}::text[]))`;
      const { numAffectedRows: letters } = await sql`
        DELETE FROM connection_dead_letters AS d USING connections AS c
        WHERE c.id = d.connection AND c.workspace = ${workspace} AND (${those(rows)} OR EXISTS (
          SELECT 1 FROM jsonb_each_text(d.content) AS given WHERE lower(given.value) = ANY(${texts}::text[])))`.execute(
        trx,
      );
      await sql`
        INSERT INTO connection_records AS kept (connection, record, hash, profile, listed, attributes, applied_at)
        SELECT connection, ${erasedContact}::text || md5(address), '', md5(address), true, '{}', max(applied_at)
        FROM connection_records AS r, unnest(former || profile) AS address
        WHERE ${those(rows.filter(({ pushed }) => pushed))} AND address IS NOT NULL AND r.listed
        GROUP BY connection, address
        ON CONFLICT (connection, record) DO NOTHING`.execute(trx);
      // Whoever is still to be taken off stays known until then.
      const { numAffectedRows: contacts } = await sql`
        DELETE FROM audience_contacts AS a USING connections AS c
        WHERE c.id = a.connection AND c.workspace = ${workspace}
          AND a.contact IN (SELECT md5(address) FROM unnest(${texts}::text[]) AS address)
          AND NOT EXISTS (
            SELECT FROM connection_records AS r
            WHERE r.connection = a.connection AND r.record = ${erasedContact}::text || a.contact)`.execute(
        trx,
      );
      await sql`DELETE FROM connection_records WHERE ${those(rows.filter(({ told }) => !told))}`.execute(trx);
      await sql`
        UPDATE connection_records SET hash = '', profile = NULL, former = '{}', attributes = '{}'
        WHERE ${those(rows.filter(({ told }) => told))}`.execute(trx);
      await sql`
        UPDATE connections SET counted = NULL
        WHERE id = ANY(${rows.map(({ connection }) => connection)}::uuid[])`.execute(trx);
      return {
        removed: {
          ...{ connection_records: rows.length, connection_dead_letters: Number(letters ?? 0) },
          ...(contacts ? { audience_contacts: Number(contacts) } : {}),
        },
      };
    }),
  );
}
