import { pipeline, type Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { Problem } from '../engine/index.ts';

/** Lines of one file. */
const mostLines = 2_000_000;

/** Names of columns that hold what people are known by, the surest first. */
const idColumns = ['id', 'user_id', 'userid', 'profile', 'profile_id', 'customer_id'];
const emailColumns = ['email', 'e_mail', 'email_address', 'mail'];

/**
 * The id or e-mail address on each line of a file: of a CSV with a header the column that is named like one (an id
 * before an e-mail address), otherwise the first cell. Blank lines and empty cells are left out.
 *
 * @throws Problem 400 `unreadable_file`, 413 `too_many_lines`
 */
export async function* peopleOnLines(file: Readable): AsyncGenerator<string> {
  const parser = parse({
    bom: true,
    delimiter: [',', ';', '\t'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: 100_000,
  });
  // Errors of either end come out of the parser.
  pipeline(file, parser, () => {});
  let column: number | undefined;
  let lines = 0;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      if (column === undefined) {
        const named = namedColumn(cells);
        column = named ?? 0;
        if (named !== undefined) continue;
      }
      if (++lines > mostLines) throw tooMany();
      const text = cells[column];
      if (text) yield text;
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { code, lines: line } = error as CsvError;
    if (!code?.startsWith('CSV_')) throw error;
    throw new Problem(400, 'unreadable_file', `The file cannot be read beyond line ${line}.`, {
      field: 'file',
      hint: 'Send one id or e-mail address a line, or a CSV with a column "id" or "email".',
      cause: error,
    });
  }
}

function namedColumn(cells: readonly string[]): number | undefined {
  const names = cells.map((cell) => cell.toLowerCase().replace(/[^a-z]+/g, '_'));
  for (const name of [...idColumns, ...emailColumns]) {
    const at = names.indexOf(name);
    if (at >= 0) return at;
  }
  return undefined;
}

const tooMany = () =>
  new Problem(413, 'too_many_lines', `The file has more than ${mostLines.toLocaleString('en')} lines.`, {
    field: 'file',
    hint: 'Nobody of it was picked. Send it as several files.',
  });
