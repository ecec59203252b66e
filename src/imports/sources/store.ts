import { sql } from 'kysely';
import type { Engine } from '../../engine/index.ts';
import type { Mapping } from '../schema.ts';
import type { FolderSettings, S3Settings } from './schema.ts';

export interface SourceRow {
  id: string;
  workspace: string;
  name: string;
  kind: 'folder' | 's3';
  settings: FolderSettings | S3Settings;
  credentials: string | null;
  mapping: Mapping | null;
  max_bad_share: number | null;
  every_seconds: number;
  paused: boolean;
  next_look_at: Date;
  last_look_at: Date | null;
  last_error: string | null;
  removed: boolean;
  created_at: Date;
}

export interface ObjectRow {
  source: string;
  key: string;
  etag: string;
  seen_at: Date;
  import: string | null;
  refused: string | null;
}

export type SourceStore = ReturnType<typeof createSourceStore>;

/** Sources and what was seen in them, in PostgreSQL. */
export function createSourceStore({ postgres, clock }: Engine) {
  const db = postgres.db.withTables<{ import_sources: SourceRow; import_objects: ObjectRow }>();
  const jsonb = (value: object | null) => (value === null ? null : sql`${JSON.stringify(value)}::jsonb`);
  const withFiles = () =>
    db
      .selectFrom('import_sources as s')
      .selectAll('s')
      .select(sql<number>`(SELECT count(*) FROM imports AS i WHERE i.source = s.id)`.as('files'))
      .where('removed', '=', false);

  return {
    list: (workspace: string) => withFiles().where('workspace', '=', workspace).orderBy('name').execute(),

    find: (workspace: string, id: string) =>
      withFiles().where('workspace', '=', workspace).where('id', '=', id).executeTakeFirst(),

    /** A folder removed before is there again. Undefined when the folder is another workspace's. */
    async create(
      source: Pick<SourceRow, 'workspace' | 'name' | 'kind' | 'settings' | 'every_seconds'> &
        Partial<Pick<SourceRow, 'credentials' | 'mapping' | 'max_bad_share'>>,
    ): Promise<string | undefined> {
      const now = clock.now();
      const { settings, mapping = null, ...rest } = source;
      const values = { ...rest, settings: jsonb(settings), mapping: jsonb(mapping) };
      const made = await db
        .insertInto('import_sources')
        .values({ ...values, created_at: now, next_look_at: now } as never)
        .onConflict((on) =>
          on
            .expression(sql`(settings->>'folder')`)
            .where('kind', '=', 'folder')
            .doUpdateSet({ removed: false, paused: false, name: source.name, next_look_at: now })
            .where('import_sources.workspace', '=', source.workspace),
        )
        .returning('id')
        .executeTakeFirst();
      return made?.id;
    },

    async change(workspace: string, id: string, change: Partial<SourceRow>): Promise<void> {
      const set = 'mapping' in change ? { ...change, mapping: jsonb(change.mapping ?? null) } : change;
      await db
        .updateTable('import_sources')
        .set(set as never)
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute();
    },

    /** A folder stays known, so that it is not found again. */
    async remove({ workspace, id, kind }: SourceRow): Promise<void> {
      if (kind === 'folder') {
        await db
          .updateTable('import_sources')
          .set({ removed: true })
          .where('workspace', '=', workspace)
          .where('id', '=', id)
          .execute();
      } else
        await db
          .deleteFrom('import_sources')
          .where('workspace', '=', workspace)
          .where('id', '=', id)
          .execute();
    },

    /** Names of folders that are known, removed ones too. */
    async folders(): Promise<Set<string>> {
      const rows = await db
        .selectFrom('import_sources')
        .select(sql<string>`settings->>'folder'`.as('folder'))
        .where('kind', '=', 'folder')
        .execute();
      return new Set(rows.map(({ folder }) => folder));
    },

    due: (): Promise<SourceRow[]> =>
      db
        .selectFrom('import_sources')
        .selectAll()
        .where('paused', '=', false)
        .where('removed', '=', false)
        .where('next_look_at', '<=', clock.now())
        .orderBy('next_look_at')
        .limit(20)
        .execute(),

    /** To be looked at at once. Whether there is such a source, not paused. */
    async hurry(id: string): Promise<boolean> {
      const updated = await db
        .updateTable('import_sources')
        .set({ next_look_at: clock.now() })
        .where('id', '=', id)
        .where('paused', '=', false)
        .where('removed', '=', false)
        .executeTakeFirst();
      return updated.numUpdatedRows > 0n;
    },

    /** Begins a look: who asks for another one from now on gets it. False when it is no longer due. */
    async beginLook({ id, every_seconds }: SourceRow): Promise<boolean> {
      const now = clock.now();
      const updated = await db
        .updateTable('import_sources')
        .set({ next_look_at: new Date(now.getTime() + every_seconds * 1000) })
        .where('id', '=', id)
        .where('next_look_at', '<=', now)
        .where('paused', '=', false)
        .where('removed', '=', false)
        .executeTakeFirst();
      return updated.numUpdatedRows > 0n;
    },

    async endLook(id: string, last_error: string | null): Promise<void> {
      await db
        .updateTable('import_sources')
        .set({ last_look_at: clock.now(), last_error })
        .where('id', '=', id)
        .execute();
    },

    /** What was seen of a source; of some keys only, where they are given. */
    async objects(source: string, keys?: readonly string[]): Promise<Map<string, ObjectRow>> {
      const rows = await db
        .selectFrom('import_objects')
        .selectAll()
        .where('source', '=', source)
        .$if(keys !== undefined, (query) => query.where('key', 'in', [...keys!, '']))
        .execute();
      return new Map(rows.map((row) => [row.key, row]));
    },

    /** Notes an object in this version: seen, taken as an import, or refused. */
    async note(
      source: string,
      key: string,
      etag: string,
      what: { import?: string; refused?: string } = {},
    ): Promise<void> {
      const state = {
        etag,
        seen_at: clock.now(),
        import: what.import ?? null,
        refused: what.refused ?? null,
      };
      await db
        .insertInto('import_objects')
        .values({ source, key, ...state })
        .onConflict((on) => on.columns(['source', 'key']).doUpdateSet(state))
        .execute();
    },

    async forget(source: string, key: string): Promise<void> {
      await db.deleteFrom('import_objects').where('source', '=', source).where('key', '=', key).execute();
    },
  };
}
