import { maxMessageBytes } from '../log/index.ts';
import type { SourceRow } from './rows.ts';
import type { Mapping, RowError } from './schema.ts';
import { isEmail, isNothing, quoted, type Reading, toJson, whyNot } from './values.ts';

const MAX_ID_LENGTH = 256;
const MAX_VALUE = 100;

/** A mapping made ready for the loop over rows: everything that is the same in every row is text already. */
export interface RowPlan {
  width: number;
  headers: string[];
  columns: {
    index: number;
    /** The name in JSON, as it is written after another one, and as the first one. */
    key: string;
    first: string;
    as: Reading;
    email: boolean;
    identity: boolean;
  }[];
  identity: Mapping['identity'];
  identityHeader: string;
  before: string;
  after: string;
}

/**
 * @param contentKey names the messages, see `import:<content key>:<row>`
 * @param timestamp ISO 8601: the time all these messages speak of
 */
export function planRows(mapping: Mapping, contentKey: string, timestamp: string): RowPlan {
  return {
    width: mapping.columns.length,
    headers: mapping.columns.map(({ header }) => header),
    columns: mapping.columns.flatMap(({ attribute, kind, date_order, decimal }, index) =>
      attribute === null
        ? []
        : [
            {
              index,
              key: `,${JSON.stringify(attribute)}:`,
              first: `${JSON.stringify(attribute)}:`,
              as: { kind, order: date_order, decimal, country: mapping.country },
              email: attribute === 'email',
              identity: attribute === mapping.identity,
            },
          ],
    ),
    identity: mapping.identity,
    identityHeader: mapping.columns.find(({ attribute }) => attribute === mapping.identity)?.header ?? '',
    before: `{"type":"identify","messageId":"${prefix(contentKey)}`,
    after: `","timestamp":${JSON.stringify(timestamp)},"userId":`,
  };
}

/**
 * Checks one row: the JSON text of its `identify` message, or what is wrong with it (the first thing found).
 * The row's number is written with ten digits: of two rows about one person the later one then has the greater
 * message id, which decides between values of the same time.
 */
export function checkRow(plan: RowPlan, row: SourceRow, number: number): string | RowError {
  if (row.problem) {
    const { reason, column, value } = row.problem;
    return rowError(row.line, column === undefined ? '' : (plan.headers[column] ?? ''), value, reason);
  }
  const cells = row.cells;
  if (cells.length !== plan.width && !onlyEmptyBeyond(cells, plan.width)) {
    const reason = `${cells.length} columns where the header has ${plan.width}`;
    return rowError(row.line, '', cells.join(' | '), reason);
  }
  let user = '';
  const parts: string[] = [];
  for (const { index, key, first, as, email, identity } of plan.columns) {
    const cell = cells[index]!.trim();
    if (isNothing(as.kind, cell)) continue;
    if (email && !isEmail(cell))
      return rowError(row.line, plan.headers[index]!, cell, 'not an e-mail address');
    const json = toJson(as, cell);
    if (json === undefined) return rowError(row.line, plan.headers[index]!, cell, whyNot(as, cell));
    // A phone number written in two ways is one; digits of an id are not those of a number (007).
    if (identity) user = as.kind === 'phone' ? JSON.parse(json) : cell;
    parts.push(parts.length === 0 ? first : key, json);
  }
  if (user === '')
    return rowError(row.line, plan.identityHeader, '', 'empty, so nobody knows who the row is about');
  if (user.length > MAX_ID_LENGTH)
    return rowError(row.line, plan.identityHeader, user, `longer than ${MAX_ID_LENGTH} characters`);
  if (plan.identity === 'email') user = user.toLowerCase();
  parts.unshift(plan.before, numbered(number), plan.after, quoted(user), ',"traits":{');
  parts.push('}}');
  // Joined at once: thousands wait to be written, and as concatenations each would be kept as a tree of its pieces.
  const message = parts.join('');
  if (message.length * 3 > maxMessageBytes && Buffer.byteLength(message) > maxMessageBytes)
    return rowError(row.line, '', cells.join(' | '), 'the row is larger than 32 KB');
  return message;
}

/** Spreadsheets write a few delimiters too many at the end of a row; nothing is lost with them. */
const onlyEmptyBeyond = (cells: string[], width: number) =>
  cells.length > width && cells.slice(width).every((cell) => cell.trim() === '');

const numbered = (row: number) => String(row).padStart(10, '0');
const prefix = (contentKey: string) => `import:${contentKey}:`;

/** Names the message of a row; the content's key makes it the same whenever the same content is taken in. */
export const messageId = (contentKey: string, row: number): string => prefix(contentKey) + numbered(row);

export function rowError(line: number, column: string, value: string, reason: string): RowError {
  const clean = value.replaceAll('\0', '\ufffd');
  const letters =
    clean.length > MAX_VALUE ? `${clean.slice(0, MAX_VALUE - 1).replace(/[\ud800-\udbff]$/, '')}…` : clean;
  return { line, column: column.replaceAll('\0', '\ufffd'), value: letters, reason };
}
