import { checkMessage, maxMessageBytes, messageText, messageTypes } from '../log/index.ts';
import { messageId, rowError } from './messages.ts';
import type { SourceRow } from './rows.ts';
import type { RowError } from './schema.ts';

/** What a line of JSON is: a message as Segment has it, or a piece of activity as `rapport summarize` reads it. */
export type LineFormat = 'messages' | 'activity';

type Document = Record<string, unknown>;
const isObject = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the first lines of a file are, by their `type`; undefined when they are neither. */
export function lineFormat(documents: readonly unknown[]): LineFormat | undefined {
  const types = documents.map((one) => (isObject(one) ? one.type : undefined));
  const messages = types.filter((type) => messageTypes.some((known) => known === type)).length;
  const activity = types.filter((type) => type === 'event' || type === 'attributes').length;
  if (messages === 0 && activity === 0) return undefined;
  return messages >= activity ? 'messages' : 'activity';
}

export interface LinePlan {
  format: LineFormat;
  /** Names the messages that bring no id of their own. */
  contentKey: string;
  /** The time of messages that bring none, the same each time the file is read. */
  timestamp: string;
}

/** Checks one line: the JSON text of its message, or what is wrong with it (the first thing found). */
export function checkLine(plan: LinePlan, row: SourceRow, number: number): string | RowError {
  if (row.problem) return rowError(row.line, '', row.problem.value, row.problem.reason);
  const text = row.cells[0]!;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return rowError(row.line, '', text, 'not JSON');
  }
  if (!isObject(document)) return rowError(row.line, '', text, 'not a JSON object');
  const wrong = (field: string, reason: string) => rowError(row.line, field, shown(document, field), reason);
  const inexact = idFields.find(
    (field) => typeof document[field] === 'number' && !Number.isSafeInteger(document[field]),
  );
  if (inexact) return wrong(inexact, 'a number too large to be exact; write ids as text');
  const made = plan.format === 'messages' ? { message: document } : messageOf(document);
  if ('field' in made) return wrong(made.field, made.reason);
  const { message } = made;
  const fault = checkMessage(message, undefined);
  if (fault)
    return wrong(
      plan.format === 'activity' ? (namesOf[fault.field] ?? fault.field) : fault.field,
      fault.reason,
    );
  message.messageId ||= messageId(plan.contentKey, number);
  message.timestamp ??= plan.timestamp;
  const json = messageText(message);
  if (json.length * 3 > maxMessageBytes && Buffer.byteLength(json) > maxMessageBytes)
    return rowError(row.line, '', text, 'the line is larger than 32 KB');
  return json;
}

const idFields = ['userId', 'anonymousId', 'previousId', 'groupId', 'messageId', 'user_id', 'id'];

/** The fields of activity that become fields of a message. */
const namesOf: Record<string, string> = {
  messageId: 'id',
  event: 'name',
  userId: 'user_id',
  properties: 'data',
  traits: 'data',
};

function messageOf({ id, type, name, user_id, data, timestamp }: Document) {
  if (type !== 'event' && type !== 'attributes')
    return { field: 'type', reason: 'must be event or attributes' };
  if (user_id === undefined || user_id === null || user_id === '')
    return { field: 'user_id', reason: 'empty, so nobody knows who the line is about' };
  if (type === 'event' && (id === undefined || id === null || id === ''))
    return { field: 'id', reason: 'an event needs an id, by which it is counted once' };
  const common = { messageId: id, userId: user_id, timestamp: timeOf(timestamp) };
  const message: Document =
    type === 'event'
      ? { type: 'track', event: name, properties: data, ...common }
      : { type: 'identify', traits: data, ...common };
  return { message };
}

/** Numbers are Unix seconds, or milliseconds from 100,000,000,000 on; anything else is for the check to judge. */
function timeOf(timestamp: unknown): unknown {
  if (typeof timestamp !== 'number') return timestamp;
  const at = new Date(Math.abs(timestamp) < 1e11 ? timestamp * 1_000 : timestamp);
  return Number.isNaN(at.getTime()) ? String(timestamp) : at.toISOString();
}

function shown(document: Document, field: string): string {
  const value = document[field];
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}
