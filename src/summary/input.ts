import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { Problem } from '../engine/index.ts';

/** What tells one state of a file from another without reading it all. */
export interface Fingerprint {
  size: number;
  modified: number;
  /** SHA-256 of the first and the last 64 KB. */
  ends: string;
}

export interface Input {
  path: string;
  /** Standard input and gzip can only be read from the start. */
  plain: boolean;
  /** Bytes of the file; undefined for standard input. */
  size: number | undefined;
  fingerprint: Fingerprint | undefined;
}

const endBytes = 65_536;

/** @throws Problem `no_input` */
export function inspectInput(path: string): Input {
  if (path === '-') return { path, plain: false, size: undefined, fingerprint: undefined };
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new Problem(400, 'no_input', `There is no file ${path}.`);
  }
  const fd = openSync(path, 'r');
  try {
    const { size, mtimeMs: modified } = fstatSync(fd);
    const first = Buffer.alloc(Math.min(endBytes, size));
    const last = Buffer.alloc(Math.min(endBytes, size));
    readSync(fd, first, 0, first.length, 0);
    readSync(fd, last, 0, last.length, size - last.length);
    const ends = createHash('sha256').update(first).update(last).digest('hex');
    const gzip = first[0] === 0x1f && first[1] === 0x8b;
    return { path, plain: !gzip, size, fingerprint: { size, modified, ends } };
  } finally {
    closeSync(fd);
  }
}

/** The bytes of a file (gzip undone) or of standard input. */
export async function* openInput(path: string): AsyncGenerator<Buffer> {
  const { plain } = inspectInput(path);
  const raw = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1_048_576 });
  if (path === '-' || plain) {
    yield* raw as AsyncIterable<Buffer>;
    return;
  }
  const gunzip = createGunzip({ chunkSize: 1_048_576 });
  raw.on('error', (error: Error) => gunzip.destroy(error));
  try {
    yield* raw.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new Problem(400, 'broken_gzip', `${path} is not whole gzip: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
