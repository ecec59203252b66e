/** The words of a message, as Segment's tracking specification has them. */
export const messageTypes = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
export type MessageType = (typeof messageTypes)[number];

/** A message on its way into the log. */
export interface LogMessage {
  workspace: string;
  /** http, import:<id>, segment:<id>, program:<id>, delivery */
  source: string;
  receivedAt: Date;
  /** When the sender says it sent the request; corrects the skew of its clock. */
  sentAt?: Date | undefined;
  /** ISO 3166-1 alpha-2; like the two below known only of requests made by a browser. */
  country?: string | undefined;
  userAgent?: string | undefined;
  /** Only where keeping it is configured. */
  ip?: string | undefined;
  /** JSON text: type, messageId, userId or anonymousId, timestamp (ISO 8601), event and properties, or traits. */
  message: string;
}

/** What could not be taken, and why. */
export interface Rejected {
  workspace: string;
  source: string;
  receivedAt: Date;
  /** Path of the offending field. */
  field: string;
  reason: string;
  /** The text as it came, shortened if it is huge. */
  message: string;
}

/** Why a value is not a message. */
export interface Fault {
  field: string;
  reason: string;
}

/** Limits of Segment's API, in bytes of JSON. */
export const maxMessageBytes = 32 * 1024;
export const maxBatchBytes = 500 * 1024;
const maxDepth = 100;
const maxIdLength = 256;
const maxNameLength = 200;

type Message = Record<string, unknown>;

const isObject = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Checks one message and completes it in place: `type` where the path gives it, ids as strings.
 * Hand-written, since it runs for every message collected.
 *
 * @param value what JSON.parse returned
 * @param type  given by the path; in a batch each message names its own
 * @param at    prefix of the field's path, e.g. `batch[3].`
 * @returns the first fault, or undefined when it is a message
 */
export function checkMessage(value: unknown, type: MessageType | undefined, at = ''): Fault | undefined {
  const fault = (field: string, reason: string): Fault => ({ field: at + field, reason });
  if (!isObject(value)) return { field: at.replace(/\.$/, '') || 'body', reason: 'must be a JSON object' };
  const message = value;
  if (type) message.type = type;
  if (!messageTypes.includes(message.type as MessageType)) {
    return fault('type', `must be one of ${messageTypes.join(', ')}`);
  }
  for (const name of ['userId', 'anonymousId', 'previousId', 'groupId', 'messageId']) {
    const wrong = checkId(message, name);
    if (wrong) return fault(name, wrong);
  }
  if (!message.userId && !message.anonymousId) {
    return fault('userId', 'userId or anonymousId is required and must not be empty');
  }
  return checkByType(message, fault) ?? checkShapes(message, fault);
}

type Fail = (field: string, reason: string) => Fault;

function checkId(message: Message, name: string): string | undefined {
  const id = message[name];
  if (id === undefined) return undefined;
  if (id === null) {
    delete message[name];
    return undefined;
  }
  if (typeof id === 'number' && Number.isFinite(id)) {
    message[name] = String(id);
    return undefined;
  }
  if (typeof id !== 'string') return 'must be a string';
  if (!storable(id)) return notStorable;
  if (id.length > maxIdLength) return `must have at most ${maxIdLength} characters`;
  return undefined;
}

/** What not every engine can hold: NUL, and halves of surrogate pairs. In an id it would make two people one. */
const storable = (text: string) => text.isWellFormed() && !text.includes('\0');
const notStorable = 'must not contain the character NUL or half a surrogate pair';

function checkName(name: string): string | undefined {
  if (!storable(name)) return notStorable;
  return name.length > maxNameLength ? `must have at most ${maxNameLength} characters` : undefined;
}

function checkByType(message: Message, fault: Fail): Fault | undefined {
  if (message.type === 'track') {
    if (typeof message.event !== 'string' || message.event.trim() === '') {
      return fault('event', 'is required for track and must be a non-empty string');
    }
    const wrong = checkName(message.event);
    if (wrong) return fault('event', wrong);
  }
  if (message.type === 'group' && !message.groupId) return fault('groupId', 'is required for group');
  if (message.type === 'alias') {
    if (!message.previousId) return fault('previousId', 'is required for alias');
    if (!message.userId) return fault('userId', 'is required for alias');
  }
  if (message.type === 'page' || message.type === 'screen') {
    if (message.name === null) delete message.name;
    if (message.name !== undefined && typeof message.name !== 'string') {
      return fault('name', 'must be a string');
    }
    const wrong = message.name && checkName(message.name);
    if (wrong) return fault('name', wrong);
  }
  return undefined;
}

function checkShapes(message: Message, fault: Fail): Fault | undefined {
  for (const name of ['properties', 'traits', 'context', 'integrations']) {
    const given = message[name];
    if (given === null) delete message[name];
    else if (given !== undefined && !isObject(given)) return fault(name, 'must be an object');
  }
  for (const name of ['timestamp', 'originalTimestamp', 'sentAt']) {
    const wrong = checkTime(message[name]);
    if (wrong) return fault(name, wrong);
    if (message[name] === null) delete message[name];
  }
  if (deeperThan(message, maxDepth)) return fault('properties', `is nested deeper than ${maxDepth} levels`);
  return undefined;
}

const isoInstant = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?( ?(Z|[+-]\d{2}:?\d{2}))?)?$/i;

function checkTime(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const at =
    typeof value === 'string' && isoInstant.test(value) && hasDay(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) return 'must be a time in ISO 8601, like 2026-01-31T12:00:00.000Z';
  return isKeepable(at) ? undefined : 'must lie between the years 1970 and 2100';
}

/** There is no 30 February; JavaScript would take it for 2 March, and others for nothing. */
function hasDay(iso: string): boolean {
  const day = Number(iso.slice(8, 10));
  return (
    day <= 28 || day <= new Date(Date.UTC(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)), 0)).getUTCDate()
  );
}

const last = Date.UTC(2100, 0);

/** Whether an instant (ms since 1970) is one the tables can hold: hours are 32 bits of seconds. */
export const isKeepable = (at: number): boolean => at >= 0 && at < last;

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) if (deeperThan(inner, levels - 1)) return true;
  return false;
}

/**
 * JSON text of a message. What not every engine can hold becomes U+FFFD: halves of surrogate pairs, and NUL
 * (PostgreSQL's text has none).
 */
export function messageText(message: object): string {
  const text = JSON.stringify(message);
  return text.includes('\\ud') || text.includes('\\u0000')
    ? text.replace(/(?<!\\)((?:\\\\)*)\\u(?:d[89a-f][0-9a-f]{2}|0000)/g, '$1\\ufffd')
    : text;
}
