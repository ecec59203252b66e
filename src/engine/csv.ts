/** What a table for spreadsheets may hold. */
export type CsvCell = string | number | boolean | null | undefined;

/** A line of a table for spreadsheets (RFC 4180). Formulas are made inert. */
export const csvLine = (cells: readonly CsvCell[]): string => `${cells.map(csvCell).join(',')}\r\n`;

/** A spreadsheet runs what begins with one of these; an apostrophe before it makes it text. */
function csvCell(value: CsvCell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const inert = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
