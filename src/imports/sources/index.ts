import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Access } from '../../access/index.ts';
import { createLoop, type Engine, id, notFound, Problem } from '../../engine/index.ts';
import type { ImportSource } from '../index.ts';
import type { Import, RowError } from '../schema.ts';
import { readNotification } from './events.ts';
import { lookIntoFolder, testFolder } from './folder.ts';
import type { Look } from './look.ts';
import { type Bucket, lookIntoBucket, openBucket, testBucket } from './s3.ts';
import type {
  FolderSettings,
  Looked,
  NewSource,
  S3Credentials,
  S3Settings,
  ShownSource,
  SourceChange,
} from './schema.ts';
import { createSourceStore, type SourceRow } from './store.ts';

const FOLDER_EVERY_SECONDS = 5;
const LOOP_MS = 2_000;
const purpose = 'import-source-events';

interface Hall {
  access: { workspaces: Pick<Access['workspaces'], 'get' | 'list'> };
  importFile(workspace: string, source: ImportSource): Promise<Import>;
  get(workspace: string, id: string): Promise<Import>;
  errors(workspace: string, id: string, after: number, limit: number): Promise<RowError[]>;
  /** Runs it while holding a lock all processes share. False when another holds it. */
  exclusively(name: string, run: () => Promise<void>): Promise<boolean>;
  /** RAPPORT_IMPORT_FOLDER */
  folder: string | undefined;
  allowInternal: boolean;
}

export type Sources = ReturnType<typeof createSources>;

/** Places whose files are taken in as they come. */
export function createSources(engine: Engine, hall: Hall) {
  const store = createSourceStore(engine);
  const { clock, secrets } = engine;
  const root = hall.folder;

  const pathOf = (source: SourceRow) => join(root ?? '', (source.settings as FolderSettings).folder);
  const bucket = (settings: S3Settings, credentials: S3Credentials) =>
    openBucket(settings, credentials, hall.allowInternal);
  const bucketOfRow = ({ settings, credentials }: SourceRow) =>
    bucket(settings as S3Settings, JSON.parse(secrets.open(credentials ?? '')));

  function show(row: SourceRow & { files: number }): ShownSource {
    const s3 = row.kind === 's3' ? (row.settings as S3Settings) : undefined;
    const { name, kind, mapping, max_bad_share, every_seconds, paused, last_error } = row;
    return {
      id: row.id,
      ...{ name, kind, mapping, max_bad_share, every_seconds, paused, last_error },
      place: s3 ? s3.url : pathOf(row),
      endpoint: s3?.endpoint ?? null,
      region: s3?.region ?? null,
      last_look_at: row.last_look_at?.toISOString() ?? null,
      files: Number(row.files),
      events_url: s3
        ? `${engine.baseUrl}/api/import-sources/${row.id}/events/${secrets.sign(purpose, row.id)}`
        : null,
    };
  }

  async function find(workspace: string, sourceId: string) {
    const row = await store.find(workspace, sourceId);
    if (!row) throw notFound('import source', sourceId);
    return row;
  }

  async function testRow(row: SourceRow): Promise<Looked> {
    if (row.kind === 'folder') return testFolder(pathOf(row));
    return withBucket(bucketOfRow(row), testBucket);
  }

  /** Folders in RAPPORT_IMPORT_FOLDER named by the id or the name of a workspace are sources of it. */
  async function discover(): Promise<void> {
    if (!root) return;
    await mkdir(root, { recursive: true });
    const known = await store.folders();
    const entries = await readdir(root, { withFileTypes: true });
    const fresh = entries.filter((entry) => entry.isDirectory() && !known.has(entry.name));
    if (fresh.length === 0) return;
    const workspaces = await hall.access.workspaces.list();
    for (const { name: folder } of fresh) {
      const named = workspaces.filter(({ id, name }) => id === folder.toLowerCase() || name === folder);
      // Two of one name: the folder must be named by the id.
      if (named.length !== 1) continue;
      await store.create({
        workspace: named[0]!.id,
        name: folder === named[0]!.name ? `Folder ${folder}` : 'Watched folder',
        kind: 'folder',
        settings: { folder },
        every_seconds: FOLDER_EVERY_SECONDS,
      });
    }
  }

  /** Looks into one source that is due. What goes wrong is noted there, for the next look to find it better. */
  async function lookInto(source: SourceRow, signal: AbortSignal): Promise<void> {
    if (!(await store.beginLook(source))) return;
    let trouble: string | null = null;
    const look: Look = {
      source,
      store,
      signal,
      now: () => clock.now(),
      importOf: (one) => hall.get(source.workspace, one).catch(() => undefined),
      errorsOf: (one, after, limit) => hall.errors(source.workspace, one, after, limit),
      async take(key, version, fileName, open) {
        try {
          const stream: Readable = await open();
          const { mapping, max_bad_share: maxBadShare } = source;
          const given = { stream, fileName, mapping, maxBadShare, source: source.id };
          const begun = await hall.importFile(source.workspace, given);
          await store.note(source.id, key, version, { import: begun.id });
        } catch (error) {
          trouble ??= `${key}: ${wordsOf(error)}`;
          // Too large today is too large tomorrow.
          if (error instanceof Problem && error.status === 413)
            await store.note(source.id, key, version, { refused: error.message });
        }
      },
    };
    try {
      if (source.kind === 'folder') await lookIntoFolder(pathOf(source), look);
      else await withBucket(bucketOfRow(source), (open) => lookIntoBucket(open, look));
    } catch (error) {
      trouble ??= wordsOf(error);
    }
    if (trouble) engine.log.warn({ source: source.id, trouble }, 'an import source could not be read');
    await store.endLook(source.id, trouble);
  }

  async function lookAtDue(signal: AbortSignal): Promise<boolean> {
    await discover();
    const due = (await store.due()).filter(({ kind }) => root || kind !== 'folder');
    for (const source of due) {
      if (signal.aborted) return false;
      await hall.exclusively(`import-source:${source.id}`, () => lookInto(source, signal));
    }
    return false;
  }

  /** One after the other, so that who asked for a look and has waited for it has had one. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (signal: AbortSignal): Promise<boolean> => {
    const mine = turn.then(() => lookAtDue(signal));
    turn = mine.catch(() => {});
    return mine;
  };
  const loop = createLoop({ name: 'import sources', everyMs: LOOP_MS, log: engine.log, run: inTurn });

  return {
    start: () => loop.start(),
    stop: () => loop.stop(),
    /** Looks into everything that is due, once. */
    look: () => inTurn(new AbortController().signal).then(() => {}),

    list: async (workspace: string) => ({
      items: (await store.list(workspace)).map(show),
      folder: root ? join(root, workspace) : null,
    }),

    async add(workspace: string, source: NewSource): Promise<ShownSource> {
      const { mapping = null, max_bad_share = null } = source;
      const rules = { workspace, name: source.name, mapping, max_bad_share };
      let made: string | undefined;
      if (source.kind === 's3') {
        const { kind, settings, every_seconds } = source;
        await withBucket(bucket(settings, source.credentials), testBucket);
        const credentials = secrets.seal(JSON.stringify(source.credentials));
        made = await store.create({ ...rules, kind, settings, credentials, every_seconds });
      } else {
        if (!root) throw noFolder();
        await mkdir(join(root, workspace), { recursive: true });
        const settings = { folder: workspace };
        made = await store.create({
          ...rules,
          kind: 'folder',
          settings,
          every_seconds: FOLDER_EVERY_SECONDS,
        });
      }
      loop.poke();
      return show(await find(workspace, made ?? ''));
    },

    /** Whether a bucket can be read, before it is added. */
    testBucket: (settings: S3Settings, credentials: S3Credentials): Promise<Looked> =>
      withBucket(bucket(settings, credentials), testBucket),

    test: async (workspace: string, sourceId: string): Promise<Looked> =>
      testRow(await find(workspace, sourceId)),

    async change(workspace: string, sourceId: string, change: SourceChange): Promise<ShownSource> {
      const row = await find(workspace, sourceId);
      const { credentials, ...rest } = change;
      if (credentials && row.kind === 'folder')
        throw new Problem(400, 'no_credentials', 'A folder has no credentials.', { field: 'credentials' });
      if (credentials) await withBucket(bucket(row.settings as S3Settings, credentials), testBucket);
      const sealed = credentials && { credentials: secrets.seal(JSON.stringify(credentials)) };
      await store.change(workspace, sourceId, {
        ...rest,
        ...sealed,
        next_look_at: clock.now(),
      } as Partial<SourceRow>);
      loop.poke();
      return show(await find(workspace, sourceId));
    },

    async remove(workspace: string, sourceId: string): Promise<void> {
      await store.remove(await find(workspace, sourceId));
    },

    /** Looks at it at once. Throws a Problem 404, or 409 when it is paused. */
    async lookNow(workspace: string, sourceId: string): Promise<void> {
      await find(workspace, sourceId);
      if (!(await store.hurry(sourceId)))
        throw new Problem(409, 'paused', 'This source is paused; resume it first.');
      loop.poke();
    },

    /** A notification of S3. Throws a Problem 404 for an address that is not ours. */
    async notified(sourceId: string, secret: string, body: unknown, call = fetch): Promise<void> {
      if (!id.safeParse(sourceId).success || !secrets.verify(purpose, sourceId, secret))
        throw notFound('import source', sourceId);
      const said = readNotification(body);
      if (said.kind === 'confirm')
        await call(said.url, { redirect: 'error', signal: AbortSignal.timeout(10_000) });
      if (said.kind === 'created' && (await store.hurry(sourceId))) loop.poke();
    },
  };
}

async function withBucket<T>(opening: Promise<Bucket>, run: (bucket: Bucket) => Promise<T>): Promise<T> {
  const bucket = await opening;
  try {
    return await run(bucket);
  } finally {
    bucket.close();
  }
}

const wordsOf = (error: unknown) => (error as Error).message.slice(0, 500);

const noFolder = () =>
  new Problem(409, 'no_import_folder', 'No folder is watched on this server.', {
    hint: 'The one who runs Rapport names it with RAPPORT_IMPORT_FOLDER.',
  });
