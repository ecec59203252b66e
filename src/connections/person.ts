import { sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Profiles } from '../profiles/index.ts';
import { pushes } from './define.ts';

interface Row {
  id: string;
  name: string;
  record: string;
  listed: boolean;
  applied_at: Date;
}

/** A person's page tells which lists held elsewhere hold them, and which they are pushed to; so does what is exported of them. */
export function showConnectionsOf({ postgres }: Pick<Engine, 'postgres'>, profiles: Profiles): void {
  profiles.addPanel('connections', async (workspace, _id, ids) => {
    const { rows } = await sql<Row>`
      SELECT c.id, c.name, r.record, r.listed AND (c.kind <> ${pushes} OR r.profile IS NOT NULL) AS listed, r.applied_at
      FROM connection_records AS r JOIN connections AS c ON c.id = r.connection
      WHERE c.workspace = ${workspace}
        AND (CASE WHEN c.kind = ${pushes} THEN r.record ELSE r.profile END) = ANY(${ids}::text[])
      ORDER BY c.name, r.record
      LIMIT 200`.execute(postgres.db);
    return rows.map(({ applied_at, ...row }) => ({ ...row, as_of: applied_at.toISOString() }));
  });
}
