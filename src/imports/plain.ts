import type { SourceRow } from './rows.ts';

/** Rows found in the short way, and where it ended: at the first line that needs the parser, or at the end. */
export interface PlainRows {
  rows: SourceRow[];
  /** Characters of the text that are done with. */
  used: number;
  line: number;
}

/**
 * The rows at the beginning of CSV text that are one line each, with no quotes or well-formed ones: a fifth of the parser's
 * time, and nearly all rows of nearly all files. Ends at the first line in which there is more to decide.
 *
 * @param last the text's end is the file's, so its last line needs no line end
 * @param maxLength of a line
 */
export function plainRows(
  text: string,
  delimiter: string,
  firstLine: number,
  last: boolean,
  maxLength: number,
): PlainRows {
  const rows: SourceRow[] = [];
  let used = 0;
  let line = firstLine;
  let quote = text.indexOf('"');
  let carriage = text.indexOf('\r');
  for (; used < text.length; line++) {
    const lf = text.indexOf('\n', used);
    if (lf === -1 && !last) break;
    const next = lf === -1 ? text.length : lf;
    if (quote !== -1 && quote < used) quote = text.indexOf('"', used);
    if (carriage !== -1 && carriage < used) carriage = text.indexOf('\r', used);
    // Other carriage returns than those before a line feed end lines of their own.
    let end = next;
    if (carriage !== -1 && carriage < next) {
      if (lf === -1 || carriage !== next - 1) break;
      end--;
    }
    if (end - used > maxLength) break;
    const whole = text.slice(used, end);
    const quoted = quote !== -1 && quote < end;
    const cells = quoted ? quotedCells(whole, delimiter) : whole.split(delimiter);
    if (!cells) break;
    let filled = false;
    for (let at = 0; at < cells.length; at++) {
      if (!quoted) cells[at] = cells[at]!.trim();
      if (cells[at] !== '') filled = true;
    }
    if (filled) rows.push({ line, cells });
    used = next + 1;
  }
  return { rows, used: Math.min(used, text.length), line };
}

/** The cells of a line with quotes; undefined when a quote is not closed in it, or stands where none may. */
function quotedCells(line: string, delimiter: string): string[] | undefined {
  const cells: string[] = [];
  for (let at = 0; ; at++) {
    at = afterBlanks(line, at, delimiter);
    if (line[at] !== '"') {
      const next = line.indexOf(delimiter, at);
      const cell = next === -1 ? line.slice(at) : line.slice(at, next);
      if (cell.includes('"')) return undefined;
      cells.push(cell.trim());
      if (next === -1) return cells;
      at = next;
      continue;
    }
    let close = line.indexOf('"', at + 1);
    let doubled = false;
    while (close !== -1 && line[close + 1] === '"') {
      doubled = true;
      close = line.indexOf('"', close + 2);
    }
    if (close === -1) return undefined;
    const cell = line.slice(at + 1, close);
    cells.push(doubled ? cell.replaceAll('""', '"') : cell);
    at = afterBlanks(line, close + 1, delimiter);
    if (at === line.length) return cells;
    if (line[at] !== delimiter) return undefined;
  }
}

function afterBlanks(line: string, from: number, delimiter: string): number {
  let at = from;
  while ((line[at] === ' ' || line[at] === '\t') && line[at] !== delimiter) at++;
  return at;
}
