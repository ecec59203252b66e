import { constants, createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../../engine/index.ts';
import { errorsCsv } from '../errors.ts';
import type { Look } from './look.ts';
import type { Looked } from './schema.ts';

/** A file is taken when it has not changed for so long. */
const STILL_MS = 3_000;
/** What programs call a file they are still writing. */
const unfinished = /^\.|~$|\.(part|partial|tmp|temp|crdownload|filepart)$/i;
const NAMES_SHOWN = 5;

const versionOf = async (path: string) => {
  const { size, mtimeMs } = await stat(path);
  return `${size}-${mtimeMs}`;
};

async function filesIn(folder: string): Promise<string[]> {
  // A link is no file here: it could lead out of the folder.
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && !unfinished.test(entry.name)).map(({ name }) => name);
}

/**
 * Takes what lies still in a folder, and moves what was taken in to `done` or `failed`, with its row errors beside it.
 * Killed anywhere it goes on: a file taken twice is the same file twice.
 */
export async function lookIntoFolder(folder: string, look: Look): Promise<void> {
  const { source, store, now, signal } = look;
  const names = new Set(await filesIn(folder));
  const seen = await store.objects(source.id);
  for (const name of seen.keys()) if (!names.has(name)) await store.forget(source.id, name);
  for (const name of names) {
    if (signal.aborted) return;
    const path = join(folder, name);
    const version = await versionOf(path).catch(() => undefined);
    if (version === undefined) continue;
    const before = seen.get(name);
    if (before?.etag !== version) await store.note(source.id, name, version);
    else if (before.import) await putAway(folder, name, before.import, look);
    else if (!before.refused && now().getTime() - before.seen_at.getTime() >= STILL_MS)
      await look.take(name, version, name, () => unchanged(path, version));
  }
}

/** The file's bytes; an error at the end when it was written to meanwhile. */
function unchanged(path: string, version: string): Readable {
  // Not through a link put in its place meanwhile.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
  return Readable.from(
    (async function* () {
      yield* createReadStream(path, { flags: flags as unknown as string });
      if ((await versionOf(path)) !== version)
        throw new Problem(409, 'growing', 'The file is still being written.');
    })(),
  );
}

/** When its import is over: beside it the errors, then it, out of the way. */
async function putAway(folder: string, name: string, id: string, look: Look): Promise<void> {
  const one = await look.importOf(id);
  if (one && (one.status === 'queued' || one.status === 'running')) return;
  const kind = one?.status === 'done' ? 'done' : 'failed';
  const target = await freeName(join(folder, kind), name);
  if (one && (one.rows_bad > 0 || one.error)) {
    const report = errorsCsv((after, limit) => look.errorsOf(id, after, limit), one.error);
    await pipeline(report, createWriteStream(`${target}.errors.csv`, { mode: 0o600 }));
  }
  await rename(join(folder, name), target);
  await look.store.forget(look.source.id, name);
}

/** `customers.csv`, or `customers-2.csv` where there is one already. */
async function freeName(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { name: stem, ext } = parse(name);
  for (let n = 1; ; n++) {
    const path = join(folder, n === 1 ? name : `${stem}-${n}${ext}`);
    const free = await stat(path).then(
      () => false,
      () => true,
    );
    if (free) return path;
  }
}

/** What lies in a folder now. Throws a Problem when it cannot be used. */
export async function testFolder(folder: string): Promise<Looked> {
  try {
    const names = await filesIn(folder);
    await access(folder, constants.W_OK);
    return { files: names.length, more: false, names: names.slice(0, NAMES_SHOWN) };
  } catch (cause) {
    throw new Problem(400, 'folder_unusable', `The folder ${folder} cannot be read and written.`, {
      hint: 'It must exist, and belong to the user Rapport runs as.',
      cause,
    });
  }
}
