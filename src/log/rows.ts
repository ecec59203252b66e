import type { LogMessage, Rejected } from './schema.ts';

/** How the engine is to read rows: times are seconds since 1970. */
export const rowFormat = {
  format: 'TabSeparated',
  settings: { date_time_input_format: 'basic' },
} as const;

/** Columns of `messages` and `incoming`, in the order of a row's values. */
export const messageColumns = [
  'workspace',
  'received_at',
  'sent_at',
  'source',
  'country',
  'user_agent',
  'ip',
  'message',
];

/**
 * Rows as TabSeparated text: the engine reads it in three quarters of the time of JSONEachRow (4.0 instead of 5.3 µs a
 * message), and the message's text goes in as it is but for backslashes. What messages of a request have in common is
 * printed once.
 */
export function messageRows(messages: readonly LogMessage[]): Buffer {
  let head = '';
  let last: LogMessage | undefined;
  let rows = '';
  for (const m of messages) {
    if (!last || !alike(last, m)) head = headOf(m);
    last = m;
    rows += `${head}${escaped(m.message)}\n`;
  }
  return Buffer.from(rows);
}

const alike = (a: LogMessage, b: LogMessage) =>
  a.workspace === b.workspace &&
  a.receivedAt === b.receivedAt &&
  a.sentAt === b.sentAt &&
  a.source === b.source &&
  a.userAgent === b.userAgent &&
  a.country === b.country &&
  a.ip === b.ip;

const seconds = (time: Date | undefined) => ((time?.getTime() ?? 0) / 1_000).toFixed(3);

const headOf = (m: LogMessage) =>
  `${m.workspace}\t${seconds(m.receivedAt)}\t${seconds(m.sentAt)}\t${escaped(m.source)}\t${escaped(m.country ?? '')}\t${escaped(m.userAgent ?? '')}\t${escaped(m.ip ?? '')}\t`;

const special: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0' };

/** JSON text has none of the others: they are escaped in it already. */
const escaped = (text: string) => text.replace(/[\\\t\n\r\0]/g, (c) => special[c] as string);

export const rejectedColumns = ['workspace', 'received_at', 'source', 'field', 'reason', 'message'];

export const rejectedRows = (rejected: readonly Rejected[]): Buffer =>
  Buffer.from(
    rejected
      .map(
        (r) =>
          `${r.workspace}\t${seconds(r.receivedAt)}\t${escaped(r.source)}\t${escaped(r.field.toWellFormed())}\t${escaped(r.reason.toWellFormed())}\t${escaped(r.message.toWellFormed().slice(0, 40_000))}\n`,
      )
      .join(''),
  );
