import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../engine/index.ts';

/** The largest file taken when nothing else is configured. */
export const MAX_FILE_BYTES = 2 * 1024 ** 3;
/** Leftovers of uploads that broke off with the process are removed after this time. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** The uploaded files waiting to be processed: `<data directory>/imports/<import id>`. */
export function createFiles(dataDir: string, maxBytes: number) {
  const folder = join(dataDir, 'imports');
  const pathOf = (id: string) => join(folder, id);

  return {
    pathOf,

    /** Stores a stream; durable when it resolves. Throws a Problem 413 over the limit, 400 when the upload breaks off. */
    async keep(id: string, from: Readable): Promise<{ bytes: number; sha256: string }> {
      await mkdir(folder, { recursive: true });
      const hash = createHash('sha256');
      let bytes = 0;
      const part = `${pathOf(id)}.part`;
      try {
        await pipeline(
          from,
          async function* (chunks: AsyncIterable<Buffer | string>) {
            for await (const given of chunks) {
              const chunk = typeof given === 'string' ? Buffer.from(given) : given;
              bytes += chunk.length;
              if (bytes > maxBytes) throw tooLarge(maxBytes);
              hash.update(chunk);
              yield chunk;
            }
          },
          createWriteStream(part, { mode: 0o600, flush: true }),
        );
        await rename(part, pathOf(id));
        await syncFolder(folder);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
      return { bytes, sha256: hash.digest('hex') };
    },

    remove: (id: string) => rm(pathOf(id), { force: true }),

    /** Removes files nobody waits for. */
    async tidy(now: Date, needed: ReadonlySet<string>): Promise<void> {
      const names = await readdir(folder).catch(() => []);
      for (const name of names) {
        if (needed.has(name)) continue;
        const path = join(folder, name);
        const { mtimeMs } = await stat(path);
        if (now.getTime() - mtimeMs > ABANDONED_MS) await rm(path, { force: true });
      }
    },
  };
}

/** The name in the folder is durable too, not only the file's bytes. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const tooLarge = (maxBytes: number) =>
  new Problem(413, 'file_too_large', `The file is larger than ${Math.floor(maxBytes / 1024 ** 2)} MB.`, {
    field: 'file',
    hint: 'Split it, or compress it with gzip.',
  });
