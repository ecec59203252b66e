import { sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Format, Import, Mapping, RowError } from './schema.ts';

/** Rows of errors kept for one import; the count goes on. */
export const MAX_ERRORS_KEPT = 100_000;

interface ImportsTable {
  id: string;
  workspace: string;
  /** The folder or bucket it comes from. */
  source: string | null;
  file_name: string;
  bytes: number;
  sha256: string;
  status: Import['status'];
  error: string | null;
  format: Format | null;
  mapping: Mapping | null;
  mapping_chosen: boolean;
  max_bad_share: number | null;
  headers_key: string | null;
  content_key: string | null;
  duplicate_of: string | null;
  rows: number;
  rows_ok: number;
  rows_bad: number;
  bytes_read: number;
  rows_per_second: number | null;
  stopped_rows: number;
  stopped_bad: number;
  attempts: number;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}
export type ImportRow = ImportsTable;

interface ErrorsTable {
  import: string;
  workspace: string;
  line: number;
  column_name: string;
  value: string;
  reason: string;
}

/** What a file turned out to be, and how it is read. */
type Settled = Pick<ImportsTable, 'format' | 'mapping' | 'headers_key' | 'content_key'>;

/** How far an import has come. */
export interface Progress {
  rows: number;
  rowsOk: number;
  rowsBad: number;
  bytesRead: number;
  rowsPerSecond: number | null;
}

export type NewImport = Pick<
  ImportsTable,
  'id' | 'workspace' | 'file_name' | 'bytes' | 'sha256' | 'mapping' | 'max_bad_share' | 'created_at'
> &
  Partial<Pick<ImportsTable, 'source'>>;
export type ImportStore = ReturnType<typeof createStore>;

/** The imports and their row errors in PostgreSQL. */
export function createStore({ postgres, clock }: Engine) {
  const db = postgres.db.withTables<{ imports: ImportsTable; import_errors: ErrorsTable }>();
  const json = (mapping: Mapping | null) =>
    mapping ? sql<Mapping>`${JSON.stringify(mapping)}::jsonb` : null;

  return {
    async create(row: NewImport): Promise<ImportRow> {
      const empty = {
        status: 'queued',
        rows: 0,
        rows_ok: 0,
        rows_bad: 0,
        bytes_read: 0,
        attempts: 0,
      } as const;
      return db
        .insertInto('imports')
        .values({
          ...row,
          ...empty,
          mapping: json(row.mapping),
          mapping_chosen: row.mapping !== null,
        } as never)
        .returningAll()
        .executeTakeFirstOrThrow();
    },

    find: (workspace: string, id: string): Promise<ImportRow | undefined> =>
      db
        .selectFrom('imports')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .executeTakeFirst(),

    list: (workspace: string, limit: number): Promise<ImportRow[]> =>
      db
        .selectFrom('imports')
        .selectAll()
        .where('workspace', '=', workspace)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),

    /** Those that brought something and were done at some time or later. */
    finishedSince: (workspace: string, since: Date) =>
      db
        .selectFrom('imports')
        .select(['id', 'source', 'finished_at'])
        .where('workspace', '=', workspace)
        .where('status', '=', 'done')
        .where('duplicate_of', 'is', null)
        .where('finished_at', '>=', since)
        .$narrowType<{ finished_at: Date }>()
        .execute(),

    /** Everything not finished, oldest first. */
    waiting: (): Promise<ImportRow[]> =>
      db
        .selectFrom('imports')
        .selectAll()
        .where('status', 'in', ['queued', 'running'])
        .orderBy('created_at')
        .orderBy('id')
        .limit(100)
        .execute(),

    /** Marks it running, unless it was cancelled or finished meanwhile. */
    async begin(id: string): Promise<ImportRow | undefined> {
      return db
        .updateTable('imports')
        .set((of) => ({
          status: 'running' as const,
          attempts: of('attempts', '+', 1),
          started_at: sql<Date>`coalesce(started_at, ${clock.now()})`,
        }))
        .where('id', '=', id)
        .where('status', 'in', ['queued', 'running'])
        .returningAll()
        .executeTakeFirst();
    },

    async settle(id: string, known: Settled): Promise<void> {
      await db
        .updateTable('imports')
        .set({ ...known, mapping: json(known.mapping) as never })
        .where('id', '=', id)
        .execute();
    },

    /** The mapping a person chose last for a file with these columns. */
    async remembered(workspace: string, headersKey: string): Promise<Mapping | undefined> {
      const found = await db
        .selectFrom('imports')
        .select('mapping')
        .where('workspace', '=', workspace)
        .where('headers_key', '=', headersKey)
        .where('mapping_chosen', '=', true)
        // One by which nothing could be taken is not to be suggested again.
        .where('rows_ok', '>', 0)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return found?.mapping ?? undefined;
    },

    /** The finished import of the same content with the same mapping, if there is one. */
    duplicate: (workspace: string, contentKey: string): Promise<ImportRow | undefined> =>
      db
        .selectFrom('imports')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('content_key', '=', contentKey)
        .where('status', '=', 'done')
        .where('duplicate_of', 'is', null)
        .limit(1)
        .executeTakeFirst(),

    /** Saves a checkpoint and the row errors up to it, both or neither. False when the import is no longer running. */
    save: (row: ImportRow, progress: Progress, errors: RowError[]): Promise<boolean> =>
      db.transaction().execute(async (tx) => {
        const updated = await tx
          .updateTable('imports')
          .set({
            rows: progress.rows,
            rows_ok: progress.rowsOk,
            rows_bad: progress.rowsBad,
            bytes_read: progress.bytesRead,
            rows_per_second: progress.rowsPerSecond,
            attempts: 0,
          })
          .where('id', '=', row.id)
          .where('status', '=', 'running')
          .executeTakeFirst();
        if (updated.numUpdatedRows === 0n) return false;
        const kept = Math.max(0, MAX_ERRORS_KEPT - (progress.rowsBad - errors.length));
        await insertErrors(tx, row, errors.slice(0, kept));
        return true;
      }),

    /** Ends it over too many bad rows, with the errors beyond its checkpoint: none of those rows is in the log. */
    stop: (row: ImportRow, beyond: { rows: number; bad: number }, errors: RowError[], reason: string) =>
      db.transaction().execute(async (tx) => {
        const stopped = { stopped_rows: beyond.rows, stopped_bad: beyond.bad };
        await tx
          .updateTable('imports')
          .set({ status: 'failed', error: reason, finished_at: clock.now(), ...stopped })
          .where('id', '=', row.id)
          .where('status', '=', 'running')
          .execute();
        await insertErrors(tx, row, errors.slice(0, MAX_ERRORS_KEPT));
      }),

    /** Goes on all the same. False when it was not stopped over bad rows. */
    async resume(workspace: string, id: string): Promise<boolean> {
      const again = {
        status: 'queued',
        error: null,
        finished_at: null,
        max_bad_share: 1,
        attempts: 0,
      } as const;
      const updated = await db
        .updateTable('imports')
        .set({ ...again, stopped_rows: 0, stopped_bad: 0 })
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .where('status', '=', 'failed')
        .where('stopped_bad', '>', 0)
        .executeTakeFirst();
      return updated.numUpdatedRows > 0n;
    },

    /** Begins to take it back. False when it is not over, or was a duplicate and brought nothing. */
    async beginUndo(workspace: string, id: string): Promise<boolean> {
      const updated = await db
        .updateTable('imports')
        .set({ status: 'undoing', stopped_rows: 0, stopped_bad: 0 })
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .where('status', 'in', ['done', 'failed', 'cancelled'])
        .where('duplicate_of', 'is', null)
        .executeTakeFirst();
      return updated.numUpdatedRows > 0n;
    },

    undoing: () =>
      db.selectFrom('imports').selectAll().where('status', '=', 'undoing').orderBy('created_at').execute(),

    async undone(id: string): Promise<void> {
      await db
        .updateTable('imports')
        .set({ status: 'undone', rows_ok: 0 })
        .where('id', '=', id)
        .where('status', '=', 'undoing')
        .execute();
    },

    /** Whose files are still needed: everything unfinished, and what was stopped over bad rows after `since`. */
    async needed(since: Date): Promise<Set<string>> {
      await db
        .updateTable('imports')
        .set({ stopped_rows: 0, stopped_bad: 0 })
        .where('stopped_bad', '>', 0)
        .where('finished_at', '<', since)
        .execute();
      const rows = await db
        .selectFrom('imports')
        .select('id')
        .where((of) => of.or([of('status', 'in', ['queued', 'running']), of('stopped_bad', '>', 0)]))
        .execute();
      return new Set(rows.map(({ id }) => id));
    },

    async finish(id: string, change: Partial<ImportsTable> & { status: Import['status'] }): Promise<void> {
      await db
        .updateTable('imports')
        .set({ ...change, mapping: undefined, finished_at: clock.now() })
        .where('id', '=', id)
        .where('status', 'in', ['queued', 'running'])
        .execute();
    },

    async errors(importId: string, after: number, limit: number): Promise<RowError[]> {
      return db
        .selectFrom('import_errors')
        .select(['line', 'column_name as column', 'value', 'reason'])
        .where('import', '=', importId)
        .where('line', '>', after)
        .orderBy('line')
        .limit(limit)
        .execute();
    },
  };

  async function insertErrors(tx: typeof db, row: ImportRow, errors: RowError[]): Promise<void> {
    if (errors.length === 0) return;
    await sql`
      INSERT INTO import_errors (import, workspace, line, column_name, value, reason)
      SELECT ${row.id}, ${row.workspace}, * FROM unnest(
        ${errors.map(({ line }) => line)}::bigint[], ${errors.map(({ column }) => column)}::text[],
        ${errors.map(({ value }) => value)}::text[], ${errors.map(({ reason }) => reason)}::text[])
      ON CONFLICT DO NOTHING`.execute(tx);
  }
}

/** The import as the API answers it. */
export function present(row: ImportRow): Import {
  const rate = row.rows_per_second;
  const bytesPerRow = row.rows > 0 ? row.bytes_read / row.rows : 0;
  const left = rate && bytesPerRow > 0 ? (row.bytes - row.bytes_read) / bytesPerRow / rate : null;
  return {
    id: row.id,
    file_name: row.file_name,
    bytes: row.bytes,
    bytes_read: row.bytes_read,
    rows: row.rows + row.stopped_rows,
    rows_ok: row.rows_ok,
    rows_bad: row.rows_bad + row.stopped_bad,
    status: row.status,
    error: row.error,
    format: row.format,
    source: row.source,
    max_bad_share: row.max_bad_share,
    can_continue: row.stopped_bad > 0,
    duplicate_of: row.duplicate_of,
    mapping: row.mapping,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
    rows_per_second: rate === null ? null : Math.round(rate),
    seconds_left: row.status === 'running' && left !== null ? Math.max(0, Math.round(left)) : null,
  };
}
