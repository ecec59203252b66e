import { Problem } from '../engine/index.ts';
import { detectEncoding, type Encoding, rawChunks, toUtf8 } from './bytes.ts';
import { guessIdentity, guessMapping } from './mapping.ts';
import { checkRow, planRows } from './messages.ts';
import { readRows } from './rows.ts';
import type { Mapping, Preview, RowError } from './schema.ts';
import { isEmail } from './values.ts';

/** How much of a file's beginning is looked at to guess what it is. */
export const SAMPLE_BYTES = 1024 * 1024;
const SAMPLE_ROWS = 1000;
const MAX_COLUMNS = 1000;
const delimiters = [',', ';', '\t', '|'];

/** What a file turned out to be. */
export interface Shape {
  encoding: Encoding;
  delimiter: string;
  /** Excel's `sep=;` line: so many bytes and lines come before the header. */
  preamble: { bytes: number; lines: number };
  headers: string[];
  /** The cells of each column in the first rows. */
  samples: string[][];
}

const refuse = (message: string, hint?: string) => new Problem(400, 'unreadable_file', message, { hint });

/** Looks at a file: its encoding (all of it), its delimiter, header and first rows. Throws a Problem for what is no CSV. */
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
async function inspectSample(sample: Buffer, encoding: Encoding, whole: boolean): Promise<Shape> {
  if (sample.length === 0) throw refuse('The file is empty.');
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
  return { encoding, delimiter, preamble: skipped, headers, samples };
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

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

const completeLines = (text: Buffer) =>
  text.subarray(0, Math.max(text.lastIndexOf(10), text.lastIndexOf(13)) + 1 || text.length);

/** The data rows' bytes of a file, the preamble taken off. */
export async function* contents(
  path: string,
  shape: Shape,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let skip = shape.preamble.bytes;
  for await (const chunk of toUtf8(rawChunks(path, onRead), shape.encoding)) {
    const cut = Math.min(skip, chunk.length);
    skip -= cut;
    if (cut < chunk.length) yield chunk.subarray(cut);
  }
}

/** What the page shows before importing: columns with samples and the guessed mapping, and what is wrong in the sample. */
export async function preview(raw: Buffer, gzip: boolean, whole: boolean): Promise<Preview> {
  const encoding = await detectEncoding([raw], whole);
  const parts: Buffer[] = [];
  for await (const chunk of toUtf8(once(raw), encoding)) parts.push(chunk);
  const sample = Buffer.concat(parts);
  const shape = await inspectSample(sample, encoding, whole);
  const { columns } = guessMapping(shape.headers, shape.samples);
  const identity = guessIdentity(columns);
  const text = sample.subarray(shape.preamble.bytes);
  return {
    format: 'csv',
    compression: gzip ? 'gzip' : 'none',
    delimiter: shape.delimiter,
    encoding,
    identity,
    columns: columns.map((column, index) => ({
      ...column,
      sample: (shape.samples[index] ?? []).filter((cell) => cell !== '').slice(0, 5),
    })),
    rows_sampled: shape.samples[0]?.length ?? 0,
    problems: await sampleProblems(whole ? text : completeLines(text), shape, { columns, identity }),
  };
}

async function sampleProblems(
  text: Buffer,
  shape: Shape,
  mapping: { columns: Mapping['columns']; identity: Mapping['identity'] | null },
): Promise<RowError[]> {
  if (mapping.identity === null) {
    const reason = 'no identity column: map one column to "email" or to "customer_id"';
    return [
      { line: 1 + shape.preamble.lines, column: '', value: shape.headers.join(', ').slice(0, 100), reason },
    ];
  }
  const plan = planRows({ columns: mapping.columns, identity: mapping.identity }, '', '');
  const problems: RowError[] = [];
  let header = true;
  for await (const batch of readRows(
    once(text),
    shape.delimiter,
    shape.headers.length,
    1 + shape.preamble.lines,
  )) {
    for (const row of batch) {
      const checked = header ? '' : checkRow(plan, row, 0);
      header = false;
      if (typeof checked !== 'string' && problems.length < 20) problems.push(checked);
    }
  }
  return problems;
}
