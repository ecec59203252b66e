import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../engine/index.ts';

/** The largest file taken when nothing else is configured. */
export const MAX_FILE_BYTES = 2 * 1024 ** 3;
/** Leftovers of uploads that broke off with the process are removed after this time. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

export type Files = ReturnType<typeof createFiles>;

/** The files waiting to be processed: `<data directory>/imports/<import id>`, with `.part` until they are whole. */
export function createFiles(dataDir: string, maxBytes: number) {
  const folder = join(dataDir, 'imports');
  const pathOf = (id: string) => join(folder, id);
  const partOf = (id: string) => `${pathOf(id)}.part`;

  return {
    pathOf,
    tooLarge: () => tooLarge(maxBytes),

    /** Makes the empty beginning of a file that comes in pieces. */
    async reserve(id: string): Promise<void> {
      await mkdir(folder, { recursive: true });
      await writeFile(partOf(id), '', { mode: 0o600, flush: true });
      await syncFolder(folder);
    },

    /**
     * Writes what comes at a place of a file that comes in pieces. `saved` is told how far everything is durable: every so many
     * bytes, and at the end, also when the sender breaks off. Throws a Problem 413 for more than there should be.
     */
    async writeAt(
      id: string,
      offset: number,
      from: AsyncIterable<Buffer>,
      { until, every, saved }: { until: number; every: number; saved(received: number): Promise<void> },
    ): Promise<void> {
      const file = await open(partOf(id), 'r+');
      let at = offset;
      let durable = offset;
      const save = async () => {
        await file.datasync();
        durable = at;
        await saved(at);
      };
      try {
        for await (const chunk of from) {
          if (at + chunk.length > until) throw new Problem(413, 'too_much', 'More came than was announced.');
          await file.write(chunk, 0, chunk.length, at);
          at += chunk.length;
          if (at - durable >= every) await save();
        }
      } catch (error) {
        // Cut off: what came counts.
        if (error instanceof Problem || !isCut(error)) throw error;
      } finally {
        if (at > durable) await save();
        await file.close();
      }
    },

    /** The pieces are all there: it is a file. */
    async complete(id: string): Promise<{ bytes: number; sha256: string }> {
      await rename(partOf(id), pathOf(id)).catch((error) => {
        // Done already, by one who was killed before saying so.
        if (error.code !== 'ENOENT') throw error;
      });
      await syncFolder(folder);
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of createReadStream(pathOf(id))) {
        bytes += chunk.length;
        hash.update(chunk);
      }
      return { bytes, sha256: hash.digest('hex') };
    },

    removePart: (id: string) => rm(partOf(id), { force: true }),

    /** Stores a stream; durable when it resolves. Throws a Problem 413 over the limit, 400 when the upload breaks off. */
    async keep(id: string, from: Readable): Promise<{ bytes: number; sha256: string }> {
      await mkdir(folder, { recursive: true });
      const hash = createHash('sha256');
      let bytes = 0;
      const part = partOf(id);
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
        if (needed.has(name.replace(/\.part$/, ''))) continue;
        const path = join(folder, name);
        const { mtimeMs } = await stat(path);
        if (now.getTime() - mtimeMs > ABANDONED_MS) await rm(path, { force: true });
      }
    },
  };
}

/** The sender went away in the middle. */
const isCut = (error: unknown) =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR', 'EPIPE'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );

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
