import { Problem } from '../engine/index.ts';
import { detectEncoding, type Encoding, rawChunks, toUtf8 } from './bytes.ts';
import { type LineFormat, lineFormat } from './documents.ts';
import { readLines } from './lines.ts';
import { readRows } from './rows.ts';
import { isEmail } from './values.ts';

/** How much of a file's beginning is looked at to guess what it is. */
export const SAMPLE_BYTES = 1024 * 1024;
export const SAMPLE_ROWS = 1000;
const MAX_COLUMNS = 1000;
const delimiters = [',', ';', '\t', '|'];

/** What a file turned out to be. */
export type Shape = CsvShape | LinesShape;

export interface CsvShape {
  format: 'csv';
  encoding: Encoding;
  delimiter: string;
  /** Excel's `sep=;` line: so many bytes and lines come before the header. */
  preamble: { bytes: number; lines: number };
  headers: string[];
  /** The cells of each column in the first rows. */
  samples: string[][];
}

/** JSON Lines. */
export interface LinesShape {
  format: LineFormat;
  encoding: Encoding;
}

const refuse = (message: string, hint?: string) => new Problem(400, 'unreadable_file', message, { hint });

/** Looks at a file: its encoding (all of it), its delimiter, header and first rows. Throws a Problem for what cannot be taken. */
export async function inspectFile(path: string): Promise<Shape> {
  const encoding = await detectEncoding(rawChunks(path));
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of toUtf8(rawChunks(path), encoding)) {
    parts.push(chunk);
    size += chunk.length;
    if (size >= SAMPLE_BYTES) break;
  }
  return inspectSample(Buffer.concat(parts), encoding, size < SAMPLE_BYTES);
}

/** The same for the beginning of a file (UTF-8). `whole`: it is all of it, so its last line is complete. */
export async function inspectSample(sample: Buffer, encoding: Encoding, whole: boolean): Promise<Shape> {
  if (sample.length === 0) throw refuse('The file is empty.');
  const format = await lineFormatOf(whole ? sample : completeLines(sample));
  if (format) return { format, encoding };
  const preamble = /^sep=([^\r\n])(?:\r\n|\r|\n)/i.exec(sample.subarray(0, 16).toString('latin1'));
  const skipped = { bytes: preamble?.[0].length ?? 0, lines: preamble ? 1 : 0 };
  const text = sample.subarray(skipped.bytes);
  const delimiter = preamble?.[1] ?? guessDelimiter(text);
  const rows: string[][] = [];
  for await (const batch of readRows(once(whole ? text : completeLines(text)), delimiter, undefined)) {
    for (const row of batch) if (!row.problem && rows.length <= SAMPLE_ROWS) rows.push(row.cells);
    if (rows.length === 0 && batch[0]?.problem)
      throw refuse(`The header cannot be read: ${batch[0].problem.reason}.`);
  }
  const [headers, ...cells] = rows;
  if (!headers) throw refuse('The file is empty: it has blank lines only.');
  checkHeaders(headers);
  const samples = headers.map((_, column) => cells.map((row) => row[column] ?? ''));
  return { format: 'csv', encoding, delimiter, preamble: skipped, headers, samples };
}

/** Which JSON Lines it is; undefined when it is no JSON at all. */
async function lineFormatOf(text: Buffer): Promise<LineFormat | undefined> {
  const head = text.subarray(0, 4096).toString().trimStart();
  if (/^\[\s*[{[]/.test(head))
    throw refuse(
      'This is a JSON array, not JSON Lines.',
      'Write one object a line, without commas between them.',
    );
  if (!head.startsWith('{')) return undefined;
  const documents: unknown[] = [];
  for await (const batch of readLines(once(text))) {
    for (const { cells } of batch.slice(0, SAMPLE_ROWS)) {
      try {
        documents.push(JSON.parse(cells[0] ?? ''));
      } catch {
        // One bad line says nothing of the others.
      }
    }
  }
  if (documents.length === 0) {
    // Braces alone make no JSON: a column may be named so.
    if (!/^\{\s*("|\})/.test(head)) return undefined;
    throw refuse('This is JSON, but no line of it is an object.', 'Write one object a line (JSON Lines).');
  }
  const format = lineFormat(documents);
  if (format) return format;
  throw refuse(
    'The lines are JSON objects, but neither messages nor activity.',
    'Messages have a type like track or identify; activity has the type event or attributes. Customers are taken as CSV.',
  );
}

function checkHeaders(headers: string[]): void {
  if (headers.length > MAX_COLUMNS)
    throw refuse(`The file has ${headers.length} columns; at most ${MAX_COLUMNS} can be taken.`);
  const address = headers.find(isEmail);
  if (address)
    throw refuse(
      `The first line is not a header: it holds the e-mail address ${address}.`,
      'Put the names of the columns in the first line.',
    );
}

/** The delimiter that cuts the first lines into the most columns, as many in each line as in the header. */
export function guessDelimiter(text: Buffer): string {
  const lines = text
    .subarray(0, 64 * 1024)
    .toString()
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, 50);
  const scores = delimiters.map((delimiter) => {
    const counts = lines.map((line) => line.replace(/"(?:[^"]|"")*"/g, '').split(delimiter).length);
    const columns = counts[0] ?? 1;
    const alike = counts.filter((count) => count === columns).length / Math.max(1, counts.length);
    return { delimiter, score: columns > 1 ? alike * Math.log2(columns) : 0 };
  });
  const best = scores.reduce((a, b) => (b.score > a.score ? b : a));
  return best.score > 0 ? best.delimiter : ',';
}

export async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

export const completeLines = (text: Buffer) =>
  text.subarray(0, Math.max(text.lastIndexOf(10), text.lastIndexOf(13)) + 1 || text.length);

/** A file's text as UTF-8 bytes, the preamble taken off. */
export async function* contents(
  path: string,
  shape: Shape,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let skip = shape.format === 'csv' ? shape.preamble.bytes : 0;
  for await (const chunk of toUtf8(rawChunks(path, onRead), shape.encoding)) {
    const cut = Math.min(skip, chunk.length);
    skip -= cut;
    if (cut < chunk.length) yield chunk.subarray(cut);
  }
}
