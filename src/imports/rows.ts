import { isUtf8 } from 'node:buffer';
import { type CsvError, parse } from 'csv-parse/sync';
import { plainRows } from './plain.ts';

/** The longest row, in bytes. A quote that is opened and not closed within it is broken. */
export const MAX_ROW_BYTES = 1024 * 1024;
const CR = 13;
const LF = 10;

/** One row of the file: its cells, or why it could not be read. */
export interface SourceRow {
  /** The physical line the row starts at, from 1. */
  line: number;
  cells: string[];
  problem?: { reason: string; column: number | undefined; value: string };
}

/**
 * Rows of CSV text (UTF-8 bytes), in batches, one for each chunk that ends a row. csv-parse is handed whole
 * blocks of lines, not a stream, and only from the first line on that the short way (`plainRows`) leaves to it: so after
 * broken quoting the place to go on from is known. That is the line after the one the broken row starts at, and one stray
 * quote costs one row and not all up to the next quote.
 * Empty rows are left out. Never throws for what the bytes are.
 *
 * @param columns how many cells a row should have, where that is known. Rows of another number come out as they are, but one that also
 *   spreads over several lines is taken as broken quoting.
 * @param firstLine the physical line number of the first byte
 */
export async function* readRows(
  chunks: AsyncIterable<Buffer>,
  delimiter: string,
  columns: number | undefined,
  firstLine = 1,
): AsyncGenerator<SourceRow[]> {
  let rest: Buffer = Buffer.alloc(0);
  let line = firstLine;
  let dropping = false;
  for await (const chunk of chunks) {
    let block = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    if (dropping) {
      const end = lineEnd(block, 0);
      if (end === -1) {
        rest = block.subarray(-1);
        continue;
      }
      block = block.subarray(end);
      line++;
      dropping = false;
    }
    const split = splitRows(block, line, delimiter, columns, false);
    rest = block.subarray(split.used);
    line = split.line;
    if (rest.length > MAX_ROW_BYTES && lineEnd(rest, 0) === -1) {
      split.rows.push(broken(line, rest, delimiter, 'tooLong'));
      rest = rest.subarray(-1);
      dropping = true;
    }
    if (split.rows.length > 0) yield split.rows;
  }
  if (dropping) return;
  const split = splitRows(rest, line, delimiter, columns, true);
  if (split.rows.length > 0) yield split.rows;
}

/** Rows of a block; `used` bytes of it are done with, and the rest waits for more, which begins at `line`. */
function splitRows(
  block: Buffer,
  firstLine: number,
  delimiter: string,
  columns: number | undefined,
  last: boolean,
) {
  const rows: SourceRow[] = [];
  const end = last ? block.length : lastLineEnd(block);
  const damaged = !isUtf8(block.subarray(0, end));
  const zeros = block.subarray(0, end).includes(0);
  const at = { position: 0, line: firstLine };
  if (!damaged && !zeros) {
    const text = block.toString('utf8', 0, end);
    // No character has more than three bytes for each of its UTF-16 units.
    const plain = plainRows(text, delimiter, firstLine, last, MAX_ROW_BYTES / 3);
    at.line = plain.line;
    if (plain.used === text.length) return { rows: plain.rows, used: end, line: at.line };
    at.position = Buffer.byteLength(text.slice(0, plain.used));
    rows.push(...plain.rows);
  }
  while (at.position < end) {
    const from = at.position;
    const { records, error } = parseBlock(block.subarray(from, end), delimiter);
    let failed: Failure | undefined = error;
    for (const { cells, bytes } of records) {
      skipBlank(block, at, from + bytes, delimiter);
      const raw = block.subarray(at.position, from + bytes);
      const lines = countLines(raw);
      if (raw.length > MAX_ROW_BYTES) failed = 'tooLong';
      else if (columns && cells.length !== columns && lines > 1 && isSpread(raw)) failed = 'spread';
      if (failed !== error) break;
      if (damaged && !isUtf8(raw)) rows.push(damagedRow(at.line, cells, '\ufffd', 'not valid UTF-8'));
      else if (zeros && raw.includes(0)) rows.push(damagedRow(at.line, cells, '\0', 'holds a NUL character'));
      else if (cells.some((cell) => cell !== '')) rows.push({ line: at.line, cells });
      at.line += lines;
      at.position = from + bytes;
    }
    if (!failed) {
      at.line += countLines(block.subarray(at.position, end)); // empty rows at the end
      break;
    }
    skipBlank(block, at, end, delimiter);
    const open = typeof failed !== 'string' && failed.code === 'CSV_QUOTE_NOT_CLOSED';
    if (open && !last && end - at.position <= MAX_ROW_BYTES)
      return { rows, used: at.position, line: at.line };
    rows.push(broken(at.line, block.subarray(at.position, end), delimiter, failed));
    const next = lineEnd(block, at.position);
    at.position = next === -1 ? end : next;
    at.line++;
  }
  return { rows, used: end, line: at.line };
}

function parseBlock(block: Buffer, delimiter: string) {
  const records: { cells: string[]; bytes: number }[] = [];
  try {
    parse(block, {
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: 0,
      on_record: (cells: string[], info) => {
        // `bytes` is where the record ends, counted from the block's beginning.
        records.push({ cells, bytes: info.bytes });
        return null;
      },
    });
    return { records };
  } catch (error) {
    if ((error as CsvError).code === undefined) throw error;
    return { records, error: error as CsvError };
  }
}

type Failure = 'tooLong' | 'spread' | CsvError;

const reasons: Record<string, string> = {
  tooLong: 'the row is longer than 1 MB',
  spread: 'broken quoting: a quote opened here closes on a later line, and the columns do not add up',
  CSV_QUOTE_NOT_CLOSED: 'broken quoting: a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE:
    'broken quoting: text after a closing quote, or a quote not closed (inside quotes a quote is written twice)',
  INVALID_OPENING_QUOTE:
    'broken quoting: a quote in the middle of a value (put the value in quotes, and double it)',
};

function broken(line: number, bytes: Buffer, delimiter: string, failed: Failure): SourceRow {
  const end = lineEnd(bytes, 0);
  const first = bytes.subarray(0, end === -1 ? bytes.length : end);
  // The parser may have stopped lines later; what is broken is the column in which the first line breaks.
  const stopped = failed === 'tooLong' ? undefined : parseBlock(first, delimiter).error?.column;
  const code = typeof failed === 'string' ? failed : failed.code;
  const reason = reasons[code] ?? 'broken quoting: text after a closing quote';
  const value = first.subarray(0, 400).toString().trimEnd();
  return {
    line,
    cells: [],
    problem: { reason, column: typeof stopped === 'number' ? stopped : undefined, value },
  };
}

function damagedRow(line: number, cells: string[], mark: string, reason: string): SourceRow {
  const column = cells.findIndex((cell) => cell.includes(mark));
  const value = (column === -1 ? cells.join(' ') : (cells[column] ?? '')).replaceAll('\0', '\ufffd');
  return { line, cells: [], problem: { reason, column: column === -1 ? undefined : column, value } };
}

/** Moves over line ends and blanks (not a delimiter) up to a row's first character, so that its line number is its own. */
function skipBlank(
  block: Buffer,
  at: { position: number; line: number },
  end: number,
  delimiter: string,
): void {
  const tab = delimiter === '\t' ? -1 : 9;
  while (at.position < end) {
    const byte = block[at.position]!;
    if (byte === LF || (byte === CR && block[at.position + 1] !== LF)) at.line++;
    else if (byte >= 0xc2) {
      // Blanks past ASCII, like the no-break space, are blanks to the parser too.
      const letter = block.toString('utf8', at.position, at.position + 3).slice(0, 1);
      if (letter.trim() !== '') return;
      at.position += Buffer.byteLength(letter) - 1;
    } else if (byte !== CR && byte !== 32 && byte !== tab && byte !== 11 && byte !== 12) return;
    at.position++;
  }
}

function countLines(raw: Buffer): number {
  let lines = 0;
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i];
    if (byte === LF || (byte === CR && raw[i + 1] !== LF)) lines++;
  }
  return lines;
}

/** Whether a row goes on after its first line. */
const isSpread = (raw: Buffer) => {
  const end = lineEnd(raw, 0);
  return end !== -1 && end < raw.length;
};

/** The index after the first line end at or after `from`; -1 when the line goes on past the block. */
function lineEnd(block: Buffer, from: number): number {
  const lf = block.indexOf(LF, from);
  const cr = block.indexOf(CR, from);
  if (cr === -1 || (lf !== -1 && lf <= cr + 1)) return lf === -1 ? -1 : lf + 1;
  // A carriage return at the very end may be half of a line end.
  return cr + 1 < block.length ? cr + 1 : -1;
}

/** The index after the last complete line end; 0 when there is none. */
function lastLineEnd(block: Buffer): number {
  const lf = block.lastIndexOf(LF);
  const cr = block.length < 2 ? -1 : block.lastIndexOf(CR, block.length - 2);
  return Math.max(lf, cr) + 1;
}
