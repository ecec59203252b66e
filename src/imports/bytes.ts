import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { Problem } from '../engine/index.ts';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

const CHUNK = 256 * 1024;
const unreadable = (message: string, hint?: string) => new Problem(400, 'unreadable_file', message, { hint });

/** A file's bytes as they arrive, unpacked when it is gzip. `onRead` is told of each chunk's size on disk. */
export async function* rawChunks(
  path: string,
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> {
  const head = await firstBytes(path, 2);
  const file = createReadStream(path, { highWaterMark: CHUNK });
  file.on('data', (chunk) => onRead(chunk.length));
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    file.pause();
    yield* file as AsyncIterable<Buffer>;
    return;
  }
  const unpacked = createGunzip({ chunkSize: CHUNK });
  file.on('error', (error) => unpacked.destroy(error));
  file.pipe(unpacked);
  try {
    yield* unpacked as AsyncIterable<Buffer>;
  } catch (cause) {
    if (!(cause as NodeJS.ErrnoException).code?.startsWith('Z_')) throw cause;
    throw unreadable('The gzip file is damaged or was cut off.', 'Compress or copy the file again.');
  } finally {
    file.destroy();
    unpacked.destroy();
  }
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Finds the encoding: a byte order mark, else UTF-8 when all bytes are valid UTF-8, else what the bytes past
 * ASCII say most often: more of them form UTF-8 letters than not → UTF-8 with damaged rows, otherwise Windows-1252.
 * Throws a Problem for a file that is no text at all.
 *
 * @param whole false: the chunks are the beginning of a file, and may end within a letter
 */
export async function detectEncoding(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  whole = true,
): Promise<Encoding> {
  let letters = 0;
  let invalid = 0;
  let rest: Buffer = Buffer.alloc(0);
  let first = true;
  for await (const chunk of chunks) {
    if (first) {
      const marked = byteOrderMark(chunk) ?? unmarkedUtf16(chunk);
      if (marked) return marked;
      refuseBinary(chunk);
      first = false;
    }
    const block = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = block.length - unfinishedLetter(block);
    rest = block.subarray(end);
    const whole = block.subarray(0, end);
    if (isAscii(whole)) continue;
    const counted = countLetters(whole, !isUtf8(whole));
    letters += counted.letters;
    invalid += counted.invalid;
  }
  invalid += whole && rest.length > 0 ? 1 : 0;
  return invalid === 0 || letters > invalid ? 'utf-8' : 'windows-1252';
}

function byteOrderMark(head: Buffer): Encoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** UTF-16 without a mark: nearly every second byte of western text is zero. */
function unmarkedUtf16(head: Buffer): Encoding | undefined {
  const sample = head.subarray(0, 4096);
  let even = 0;
  let odd = 0;
  for (let i = 0; i < sample.length; i++) {
    if (sample[i] !== 0) continue;
    if (i % 2 === 0) even++;
    else odd++;
  }
  if (odd > sample.length * 0.3 && even < odd / 10) return 'utf-16le';
  if (even > sample.length * 0.3 && odd < even / 10) return 'utf-16be';
  return undefined;
}

function refuseBinary(head: Buffer): void {
  const magic = head.subarray(0, 4).toString('latin1');
  if (magic === 'PK\x03\x04') {
    const workbook = head.includes('xl/') || head.includes('[Content_Types].xml');
    throw workbook
      ? unreadable('This is an Excel workbook, not a CSV file.', 'Open it and save the sheet as CSV (UTF-8).')
      : unreadable('This is a zip archive, not a CSV file.', 'Unpack it and import the files in it.');
  }
  if (magic === '\xd0\xcf\x11\xe0')
    throw unreadable(
      'This is an old Excel workbook, not a CSV file.',
      'Open it and save the sheet as CSV (UTF-8).',
    );
  if (magic === '%PDF') throw unreadable('This is a PDF, not a CSV file.', 'Export the list as CSV.');
  const zeros = head.subarray(0, 64 * 1024).reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  if (zeros > Math.min(head.length, 64 * 1024) / 100)
    throw unreadable('This is a binary file, not a CSV file.', 'Export the list as CSV (UTF-8).');
}

/** How many bytes at the end are the beginning of a UTF-8 letter whose rest has not come yet. */
function unfinishedLetter(block: Buffer): number {
  for (let back = 1; back <= Math.min(3, block.length); back++) {
    const byte = block[block.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** Letters past ASCII, and bytes that belong to none. */
function countLetters(block: Buffer, damaged: boolean): { letters: number; invalid: number } {
  let letters = 0;
  let invalid = 0;
  for (let i = 0; i < block.length; i++) {
    const byte = block[i]!;
    if (byte < 0x80) continue;
    if (!damaged) {
      letters += byte >= 0xc0 ? 1 : 0;
      continue;
    }
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (length === 1 || !isUtf8(block.subarray(i, i + length))) {
      invalid++;
      continue;
    }
    letters++;
    i += length - 1;
  }
  return { letters, invalid };
}

/** The same text as UTF-8 bytes without a byte order mark. UTF-8 comes through as it is, damaged or not. */
export async function* toUtf8(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  if (encoding !== 'utf-8') {
    const decoder = new TextDecoder(encoding);
    for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
    return;
  }
  let first = true;
  for await (const chunk of chunks) {
    yield first && byteOrderMark(chunk) === 'utf-8' ? chunk.subarray(3) : chunk;
    first = false;
  }
}
