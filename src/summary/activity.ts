/**
 * What one line of activity says: the definition both solutions share. The fast one asks it only about lines the
 * engine cannot be trusted to read the same way (`sql/load_lines.sql`).
 */
export type Activity =
  | { kind: 'event'; user: string; name: string; id: string }
  /** `time` in microseconds since 1970; values are texts, ready to be written. */
  | { kind: 'attributes'; user: string; time: bigint; values: [name: string, value: string][] }
  /** A right line without a `user_id`: counts for nobody. */
  | { kind: 'nobody' }
  | { kind: 'rejected'; reason: string };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads one line, without its line feed. */
export function readActivity(line: Uint8Array): Activity {
  try {
    return activityOf(parse(utf8.decode(line)));
  } catch (error) {
    if (error instanceof Unfit) return { kind: 'rejected', reason: error.message };
    if (error instanceof SyntaxError) return { kind: 'rejected', reason: `not valid JSON: ${error.message}` };
    if (error instanceof TypeError) return { kind: 'rejected', reason: 'not valid UTF-8' };
    throw error;
  }
}

/** Why a line is rejected. */
class Unfit extends Error {}

/** A number keeps the text it has in the line: 1.0 stays 1.0, and an integer of 30 digits stays itself. */
interface NumberText {
  rawJSON: string;
}
type Json = string | boolean | null | NumberText | Json[] | { [key: string]: Json };

// In V8 since 11.4 (proposal "JSON.parse source text access"); TypeScript does not know it yet.
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): NumberText;
  isRawJSON(value: unknown): value is NumberText;
};

function parse(text: string): Json {
  const keep = (_key: string, value: unknown, { source }: { source: string }) =>
    typeof value === 'number' ? rawJSON(source) : value;
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
}

function activityOf(json: Json): Activity {
  if (!isObject(json)) throw new Unfit('not a JSON object');
  const { type } = json;
  if (type !== 'event' && type !== 'attributes') throw new Unfit('type must be "event" or "attributes"');
  const user = idOf(json, 'user_id') ?? '';
  if (type === 'event') {
    const id = idOf(json, 'id');
    if (!id) throw new Unfit('an event needs an id');
    const { name } = json;
    if (typeof name !== 'string' || name === '') throw new Unfit('an event needs a name, a text');
    return user ? { kind: 'event', user, name: name.toWellFormed(), id } : { kind: 'nobody' };
  }
  const { data } = json;
  if (!isObject(data)) throw new Unfit('attributes need data, an object');
  const time = timeOf(json.timestamp);
  if (!user) return { kind: 'nobody' };
  const values = Object.entries(data).map(([name, value]): [string, string] => [
    name.toWellFormed(),
    typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value),
  ]);
  return { kind: 'attributes', user, time, values };
}

const isObject = (json: Json | undefined): json is { [key: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json) && !isRawJSON(json);

/** 7 and "7" are the same id; 7.0 is another. */
function idOf(json: { [key: string]: Json }, field: 'id' | 'user_id'): string | undefined {
  const value = json[field] ?? undefined;
  if (value === undefined || typeof value === 'string') return value?.toWellFormed();
  if (isRawJSON(value)) return value.rawJSON;
  throw new Unfit(`${field} must be a text or a number`);
}

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * Microseconds since 1970. Texts are ISO 8601 (UTC where no zone stands, finer than a microsecond is cut off); numbers
 * are Unix seconds, or milliseconds from 100,000,000,000 on (which as seconds would be the year 5138).
 */
function timeOf(timestamp: Json | undefined): bigint {
  if (isRawJSON(timestamp)) return timeOfNumber(timestamp.rawJSON);
  if (typeof timestamp !== 'string') throw new Unfit('attributes need a timestamp');
  const parts = iso.exec(timestamp);
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] =
    parts ?? [];
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse takes February 30 for March 1.
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day) || hour === '24') {
    throw new Unfit(`timestamp is not ISO 8601 or a number: ${JSON.stringify(timestamp.slice(0, 40))}`);
  }
  const [, sign, hours = 0, minutes = 0] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return BigInt(ms - offset * 60_000) * 1_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}

function timeOfNumber(text: string): bigint {
  const number = Number(text);
  if (Math.abs(number) > Number.MAX_SAFE_INTEGER)
    throw new Unfit(`timestamp is out of range: ${text.slice(0, 40)}`);
  const perUnit = Math.abs(number) < 1e11 ? 1_000_000 : 1_000;
  const whole = Math.trunc(number);
  return BigInt(whole) * BigInt(perUnit) + BigInt(Math.trunc((number - whole) * perUnit));
}
