import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DataDirLock, holdDataDir, Problem } from '../engine/index.ts';
import type { Buckets } from './buckets.ts';
import type { Fingerprint } from './input.ts';
import type { Rejected } from './simple.ts';

/** What a finished chunk held. */
export interface ChunkDone {
  index: number;
  lines: number;
  bytes: number;
  nobody: number;
  rejected: number;
}

/** A run of users in byte order: those of buckets first … last and, in one bucket, those from `from` to before `to`. */
export interface Range {
  first: string;
  last: string;
  from: string;
  to: string;
  /** One user with so many rows that it is answered in another way. */
  one: boolean;
}

/** How far a run has come. Written whole after each chunk and each range, so that it is never half written. */
export interface Checkpoint {
  version: 1;
  input: string;
  out: string;
  fingerprint: Fingerprint | undefined;
  chunkBytes: number;
  buckets: Buckets | undefined;
  chunks: ChunkDone[];
  /** All chunks are in. */
  loaded: boolean;
  ranges: Range[] | undefined;
  answered: number;
  /** Bytes of OUT written by the ranges answered. */
  outBytes: number;
  users: number;
  attributes: number;
  events: number;
}

const fileOf = (folder: string) => join(folder, 'checkpoint.json');

export function readCheckpoint(folder: string): Checkpoint | undefined {
  try {
    const found = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Checkpoint;
    if (found.version !== 1) throw workUnusable(folder, 'it was written by another version');
    return found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const workUnusable = (folder: string, why: string) =>
  new Problem(409, 'work_unusable', `The work directory ${folder} cannot be used: ${why}.`, {
    hint: 'Start over with --fresh.',
  });

export function writeCheckpoint(folder: string, checkpoint: Checkpoint): void {
  writeWhole(fileOf(folder), JSON.stringify(checkpoint));
}

/** The file has either its old content or the new one, also after a power failure. */
function writeWhole(path: string, content: string): void {
  const side = `${path}.new`;
  const fd = openSync(side, 'w');
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameDurably(side, path);
}

export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  const fd = openSync(dirname(to), 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** @throws Problem `work_held` when another run has the directory */
export function holdWork(folder: string): DataDirLock {
  try {
    return holdDataDir(folder);
  } catch (error) {
    if (error instanceof Problem && error.code === 'data_dir_held') {
      throw new Problem(409, 'work_held', `Another run works in ${folder}.`, {
        hint: 'Wait for it, stop it, or choose another directory with --work-dir.',
        cause: error,
      });
    }
    throw error;
  }
}

const rejectedFile = (folder: string, index: number) => join(folder, `rejected-${index}.json`);

/** Lines are counted from 1 within the chunk: where it begins in the file is known only when all before it are read. */
export function keepRejected(folder: string, index: number, rejected: Rejected[]): void {
  writeWhole(rejectedFile(folder, index), JSON.stringify(rejected));
}

/** All rejected lines of the chunks, in order. */
export function* rejectedOf(folder: string, chunks: ChunkDone[]): Generator<Rejected> {
  let before = 0;
  for (const { index, lines, rejected } of chunks.toSorted((a, b) => a.index - b.index)) {
    if (rejected > 0) {
      const kept = JSON.parse(readFileSync(rejectedFile(folder, index), 'utf8')) as Rejected[];
      for (const { line, reason } of kept) yield { line: before + line, reason };
    }
    before += lines;
  }
}
