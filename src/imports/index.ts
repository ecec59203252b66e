import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Access } from '../access/index.ts';
import { createLoop, type Engine, notFound, Problem, type Room } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import { createFiles, MAX_FILE_BYTES } from './files.ts';
import { countryOfZone } from './phone.ts';
import { previewSample, type Sample } from './preview.ts';
import { headersKey } from './reader.ts';
import { importRoutes } from './routes.ts';
import { runImport } from './runner.ts';
import type { Import, Mapping, Preview, RowError } from './schema.ts';
import { createSources, type Sources } from './sources/index.ts';
import { sourceRoutes } from './sources/routes.ts';
import { createStore, present } from './store.ts';
import { createUploads } from './uploads/index.ts';
import { uploadRoutes } from './uploads/routes.ts';

export { eraseFromImports } from './erase.ts';
export { type LoyaltyCustomer, loyaltyCustomer, loyaltyLocation, writeLoyaltyFiles } from './generate.ts';
export type { Import, Mapping, Preview, RowError } from './schema.ts';

/** A file to take in: a path on this machine, or its bytes. */
export interface ImportSource {
  path?: string;
  stream?: Readable;
  fileName: string;
  /** Of CSV. Otherwise the one chosen last for a file with the same columns, else guessed. */
  mapping?: Mapping | null;
  /** Beyond this share of bad rows it stops; see `tooManyBad` for what is usual. */
  maxBadShare?: number | null;
  /** The source it comes from. */
  source?: string;
}

/** How long the file of an import that stopped over bad rows waits for a person to let it go on. */
const STOPPED_MS = 7 * 24 * 60 * 60 * 1000;

const TIDY_EVERY_MS = 10 * 60 * 1000;

/** Files taken in row by row: each good row a message, each bad one listed with its reason. */
export interface Imports extends Room {
  /** Stores the file and queues it; it is processed in the background. Throws a Problem (413). */
  importFile(workspace: string, source: ImportSource): Promise<Import>;
  /** What the beginning of a file is, and how it would be understood. Throws a Problem 400 for what cannot be taken. */
  preview(workspace: string, sample: Sample, mapping: Mapping | null): Promise<Preview>;
  /** Throws a Problem 404. */
  get(workspace: string, id: string): Promise<Import>;
  /** Newest first. */
  list(workspace: string, limit?: number): Promise<Import[]>;
  /** Imports that brought something and were done at some time or later, in any order. */
  finishedSince(
    workspace: string,
    since: Date,
  ): Promise<{ id: string; source: string | null; finished_at: Date }[]>;
  /** Stops an import that is not finished; rows taken in so far stay. Throws a Problem 404 or 409. */
  cancel(workspace: string, id: string): Promise<Import>;
  /** Goes on with one that stopped over too many bad rows. Throws a Problem 404 or 409. */
  continue(workspace: string, id: string): Promise<Import>;
  /**
   * Takes back what it brought, in the background: the people are what they were without it. Throws a Problem 404, or 409 for one
   * that is not over, or brought nothing.
   */
  undo(workspace: string, id: string): Promise<Import>;
  /** Folders and buckets whose files are taken in as they come. */
  readonly sources: Sources;
  /** Row errors by line, after the line given. */
  errors(workspace: string, id: string, after: number, limit: number): Promise<RowError[]>;
  /** Resolves when the import is done, failed, cancelled or undone. */
  wait(workspace: string, id: string): Promise<Import>;
}

interface Options {
  /** The largest file taken, 2 GB if not given. */
  maxBytes?: number;
  /** The folder that is watched; RAPPORT_IMPORT_FOLDER if not given. */
  folder?: string | undefined;
  /** Whether buckets may lie inside the network; RAPPORT_ALLOW_INTERNAL if not given. */
  allowInternal?: boolean;
}

export function createImports(
  engine: Engine,
  { log, access }: { log: Log; access: { workspaces: Pick<Access['workspaces'], 'get' | 'list'> } },
  options: Options = {},
): Imports {
  const { maxBytes = MAX_FILE_BYTES } = options;
  const store = createStore(engine);
  const files = createFiles(engine.dataDir, maxBytes);
  const running = new Map<string, AbortController>();
  const finished = new Set<() => void>();
  const countryOf = async (workspace: string) =>
    countryOfZone((await access.workspaces.get(workspace)).timezone);

  const uploads = createUploads(engine, {
    files,
    maxBytes,
    imported: async (workspace, id) => (await store.find(workspace, id))?.bytes,
    async begin(arrived) {
      await store.create({ ...arrived, created_at: engine.clock.now() });
      loop.poke();
    },
  });

  /** Processes the oldest import nobody else is processing. True when there was one. */
  async function next(stopping: AbortSignal): Promise<boolean> {
    for (const { id } of await store.waiting()) {
      if (stopping.aborted) return false;
      // The lock goes with the connection, so what a killed process was at is free at once.
      const done = await exclusively(`import:${id}`, async () => {
        const row = await store.begin(id);
        if (!row) return;
        const cancelled = new AbortController();
        running.set(id, cancelled);
        try {
          const either = AbortSignal.any([stopping, cancelled.signal]);
          if (await runImport({ engine, log, store, countryOf }, row, files.pathOf(id), either))
            await files.remove(id);
        } finally {
          running.delete(id);
        }
      });
      if (!done) continue;
      for (const look of finished) look();
      return !stopping.aborted;
    }
    return false;
  }

  /** Runs it while holding a lock all processes share. False when another holds it. */
  async function exclusively(lock: string, run: () => Promise<void>): Promise<boolean> {
    const client = await engine.postgres.pool.connect();
    try {
      const { rows } = await client.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS mine', [
        lock,
      ]);
      if (!rows[0].mine) return false;
      try {
        await run();
      } finally {
        await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [lock]);
      }
      return true;
    } finally {
      client.release();
    }
  }

  const loop = createLoop({ name: 'imports', everyMs: 2_000, log: engine.log, run: next });
  const tidying = createLoop({ name: 'imports tidy', everyMs: TIDY_EVERY_MS, log: engine.log, run: tidy });

  const undoing = createLoop({ name: 'imports undo', everyMs: 5_000, log: engine.log, run: undoAll });

  async function undoAll(stopping: AbortSignal): Promise<false> {
    for (const { id, workspace } of await store.undoing()) {
      if (stopping.aborted) break;
      await exclusively(`import:${id}`, async () => {
        if (await log.takeBack(workspace, `import:${id}`)) await store.undone(id);
      });
    }
    for (const look of finished) look();
    return false;
  }

  /** Ends uploads a killed process left whole, and removes files nobody waits for. */
  async function tidy(): Promise<false> {
    const now = engine.clock.now();
    await uploads.tidy();
    const needed = await store.needed(new Date(now.getTime() - STOPPED_MS));
    await files.tidy(now, new Set([...needed, ...(await uploads.ids())]));
    return false;
  }

  const sources = createSources(engine, {
    access,
    exclusively,
    importFile: (workspace, source) => imports.importFile(workspace, source),
    get: (workspace, id) => imports.get(workspace, id),
    errors: (workspace, id, after, limit) => imports.errors(workspace, id, after, limit),
    folder: options.folder ?? process.env.RAPPORT_IMPORT_FOLDER,
    allowInternal: options.allowInternal ?? process.env.RAPPORT_ALLOW_INTERNAL === '1',
  });

  async function find(workspace: string, id: string) {
    const row = await store.find(workspace, id);
    if (!row) throw notFound('import', id);
    return row;
  }

  const imports: Imports = {
    name: 'imports',
    folder: new URL('.', import.meta.url),
    sources,
    routes(app) {
      importRoutes(app, imports, maxBytes);
      uploadRoutes(app, uploads);
      sourceRoutes(app, sources);
    },

    async start() {
      loop.start();
      tidying.start();
      undoing.start();
      sources.start();
    },
    stop: async () => void (await Promise.all([sources.stop(), undoing.stop(), loop.stop(), tidying.stop()])),

    async importFile(workspace, { path, stream, fileName, mapping = null, maxBadShare = null, source }) {
      const from = stream ?? createReadStream(path!);
      const id = crypto.randomUUID();
      const { bytes, sha256 } = await files.keep(id, from);
      const file_name = fileName.replaceAll('\0', '').slice(-200);
      const how = { mapping, max_bad_share: maxBadShare, created_at: engine.clock.now() };
      const created = await store.create({
        ...{ id, workspace, file_name, bytes, sha256, ...how },
        ...(source && { source }),
      });
      loop.poke();
      return present(created);
    },

    async preview(workspace, sample, mapping) {
      const remembered = (headers: readonly string[]) => store.remembered(workspace, headersKey(headers));
      return previewSample(sample, { mapping, remembered, country: await countryOf(workspace) });
    },

    get: async (workspace, id) => present(await find(workspace, id)),
    finishedSince: store.finishedSince,
    list: async (workspace, limit = 100) => (await store.list(workspace, limit)).map(present),

    async cancel(workspace, id) {
      const row = await find(workspace, id);
      if (row.status !== 'queued' && row.status !== 'running')
        throw new Problem(
          409,
          'import_finished',
          `This import is ${row.status}; there is nothing left to cancel.`,
        );
      await store.finish(id, { status: 'cancelled' });
      running.get(id)?.abort();
      if (row.status === 'queued') await files.remove(id);
      for (const look of finished) look();
      return imports.get(workspace, id);
    },

    async continue(workspace, id) {
      await find(workspace, id);
      if (!(await store.resume(workspace, id)))
        throw new Problem(
          409,
          'not_stopped',
          'This import was not stopped over bad rows, or its file is gone.',
          {
            hint: 'Import the file again.',
          },
        );
      loop.poke();
      return imports.get(workspace, id);
    },

    async undo(workspace, id) {
      const row = await find(workspace, id);
      // Values that older messages brought are in the views alone then, and could not be derived anew.
      if ((await log.retain.get(workspace)).deleted_to !== null)
        throw new Problem(
          409,
          'messages_deleted',
          'Older messages were deleted, so people cannot be put back.',
          {
            hint: 'Erase single people instead, or import a file with the right values.',
          },
        );
      if (!(await store.beginUndo(workspace, id)))
        throw new Problem(
          409,
          'nothing_to_undo',
          row.duplicate_of
            ? 'This import changed nothing; undo the earlier one.'
            : `This import is ${row.status}.`,
        );
      await files.remove(id);
      undoing.poke();
      return imports.get(workspace, id);
    },

    async errors(workspace, id, after, limit) {
      const row = await find(workspace, id);
      return store.errors(row.duplicate_of ?? id, after, limit);
    },

    async wait(workspace, id) {
      for (;;) {
        const changed = new Promise<void>((resolve) => {
          const look = () => {
            finished.delete(look);
            resolve();
          };
          finished.add(look);
        });
        const now = await imports.get(workspace, id);
        if (!['queued', 'running', 'undoing'].includes(now.status)) return now;
        await changed;
      }
    },
  };
  return imports;
}
