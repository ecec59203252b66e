import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Input, openInput } from './input.ts';
import { withoutMark } from './lines.ts';

/** A run of whole lines of the input, copied into a file of its own for the engine to read. */
export interface Chunk {
  index: number;
  /** Undefined when it was not asked for (it was read by an earlier run). */
  path: string | undefined;
  /** Bytes of its lines. */
  bytes: number;
}

interface Cutting {
  input: Input;
  /** A chunk ends with the first line that ends at or after so many bytes. */
  chunkBytes: number;
  folder: string;
  /** Whether a chunk has to be read; what an earlier run read is not copied again. */
  wanted: (index: number) => boolean;
}

/** The same input and size give the same chunks, so a run can go on where another was killed. */
export function chunksOf(cutting: Cutting): AsyncGenerator<Chunk> {
  return cutting.input.plain ? chunksOfFile(cutting) : chunksOfStream(cutting);
}

const chunkFile = (folder: string, index: number) => join(folder, `chunk-${index}.jsonl`);
const pieceBytes = 4_194_304;

/** Chunk n begins with the first line that begins at or after n × chunkBytes. */
async function* chunksOfFile({ input, chunkBytes, folder, wanted }: Cutting): AsyncGenerator<Chunk> {
  const size = input.size as number;
  const file = await open(input.path);
  try {
    for (let index = 0; index * chunkBytes < size; index++) {
      if (!wanted(index)) {
        yield { index, path: undefined, bytes: Math.min(chunkBytes, size - index * chunkBytes) };
        continue;
      }
      const from = await lineStart(file, index * chunkBytes, size);
      const to = await lineStart(file, Math.min((index + 1) * chunkBytes, size), size);
      const path = chunkFile(folder, index);
      await copy(file, from, to, path);
      yield { index, path, bytes: to - from };
    }
  } finally {
    await file.close();
  }
}

/** Where the first line begins at or after a position; a byte order mark belongs to no line. */
async function lineStart(file: FileHandle, position: number, size: number): Promise<number> {
  const piece = Buffer.alloc(65_536);
  if (position === 0) {
    const { bytesRead } = await file.read(piece, 0, 3, 0);
    return bytesRead === 3 && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf ? 3 : 0;
  }
  for (let at = position - 1; at < size; ) {
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) break;
    const found = piece.subarray(0, bytesRead).indexOf(10);
    if (found >= 0) return at + found + 1;
    at += bytesRead;
  }
  return size;
}

async function copy(file: FileHandle, from: number, to: number, path: string): Promise<void> {
  const target = await open(path, 'w');
  try {
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, Math.max(to - from, 1)));
    for (let at = from; at < to; ) {
      const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, to - at), at);
      if (bytesRead === 0) throw new Error('The input became shorter while it was read.');
      await target.writev([piece.subarray(0, bytesRead)]);
      at += bytesRead;
    }
  } finally {
    await target.close();
  }
}

async function* chunksOfStream({ input, chunkBytes, folder, wanted }: Cutting): AsyncGenerator<Chunk> {
  let index = 0;
  let bytes = 0;
  let target: FileHandle | undefined;
  const write = async (piece: Buffer) => {
    if (wanted(index)) {
      target ??= await open(chunkFile(folder, index), 'w');
      await target.writev([piece]);
    }
    bytes += piece.length;
  };
  const finish = async (): Promise<Chunk> => {
    const done = { index, path: target && chunkFile(folder, index), bytes };
    await target?.close();
    target = undefined;
    index++;
    bytes = 0;
    return done;
  };
  try {
    for await (let piece of withoutMark(openInput(input.path))) {
      while (piece.length > 0) {
        const end =
          bytes + piece.length < chunkBytes ? -1 : piece.indexOf(10, Math.max(0, chunkBytes - bytes - 1));
        if (end < 0) {
          await write(piece);
          break;
        }
        await write(piece.subarray(0, end + 1));
        yield await finish();
        piece = piece.subarray(end + 1);
      }
    }
    if (bytes > 0) yield await finish();
  } finally {
    await target?.close();
  }
}

export const removeChunk = (chunk: Chunk) => (chunk.path ? rm(chunk.path, { force: true }) : undefined);
