import { csvLine } from '../engine/index.ts';
import type { RowError } from './schema.ts';

const PAGE = 5_000;

/**
 * Row errors as CSV for a spreadsheet. A byte order mark first, so that Excel reads the rest as UTF-8.
 *
 * @param page at most so many errors after a line
 * @param reason why the file as a whole failed, where it did
 */
export async function* errorsCsv(
  page: (after: number, limit: number) => Promise<RowError[]>,
  reason?: string | null,
): AsyncGenerator<string> {
  yield `\ufeff${csvLine(['line', 'column', 'value', 'reason'])}`;
  if (reason) yield csvLine(['', '', '', reason]);
  for (let after = 0; ; ) {
    const rows = await page(after, PAGE);
    yield rows.map((row) => csvLine([row.line, row.column, row.value, row.reason])).join('');
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.line;
  }
}
