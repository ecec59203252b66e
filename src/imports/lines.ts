import { isUtf8 } from 'node:buffer';
import { MAX_ROW_BYTES, type SourceRow } from './rows.ts';

const LF = 10;

/**
 * Lines of JSON Lines text (UTF-8 bytes), in batches, as rows of one cell. Empty lines are left out; a line that is longer
 * than a row may be is passed over without being held. Never throws for what the bytes are.
 */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<SourceRow[]> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let dropping = false;
  for await (const chunk of chunks) {
    let block = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    if (dropping) {
      const end = block.indexOf(LF);
      if (end === -1) continue;
      block = block.subarray(end + 1);
      rest = Buffer.alloc(0);
      line++;
      dropping = false;
    }
    const end = block.lastIndexOf(LF) + 1;
    const rows = linesOf(block.subarray(0, end), line);
    line += rows.lines;
    rest = block.subarray(end);
    if (rest.length > MAX_ROW_BYTES) {
      rows.found.push(tooLong(line, rest));
      rest = Buffer.alloc(0);
      dropping = true;
    }
    if (rows.found.length > 0) yield rows.found;
  }
  const last = linesOf(rest, line).found;
  if (last.length > 0) yield last;
}

/** @param block whole lines, the last one perhaps without its end */
function linesOf(block: Buffer, firstLine: number): { found: SourceRow[]; lines: number } {
  const found: SourceRow[] = [];
  const valid = isUtf8(block);
  let line = firstLine;
  for (let at = 0; at < block.length; line++) {
    const lf = block.indexOf(LF, at);
    const end = lf === -1 ? block.length : lf;
    const raw = block.subarray(at, end);
    at = end + 1;
    if (raw.length > MAX_ROW_BYTES) found.push(tooLong(line, raw));
    else if (!valid && !isUtf8(raw)) found.push(bad(line, raw, 'not valid UTF-8'));
    else {
      const text = raw.toString();
      if (text.trim() !== '') found.push({ line, cells: [text] });
    }
  }
  return { found, lines: line - firstLine };
}

const tooLong = (line: number, raw: Buffer) => bad(line, raw, 'the line is longer than 1 MB');
const bad = (line: number, raw: Buffer, reason: string): SourceRow => ({
  line,
  cells: [],
  problem: { reason, column: undefined, value: raw.subarray(0, 400).toString() },
});
