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
  yield '\ufeffline,column,value,reason\r\n';
  if (reason) yield `,,,${csvCell(reason)}\r\n`;
  for (let after = 0; ; ) {
    const rows = await page(after, PAGE);
    yield rows
      .map((row) => `${[row.line, row.column, row.value, row.reason].map(csvCell).join(',')}\r\n`)
      .join('');
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.line;
  }
}

/** A spreadsheet runs what begins with one of these; an apostrophe before it makes it text. */
function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const inert = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
