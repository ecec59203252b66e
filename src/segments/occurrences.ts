import { adhoc, type Engine, type Statement, statement } from '../engine/index.ts';
import { Binder } from './binder.ts';
import { comparisonSql, propertyValue } from './compare.ts';
import type { Surroundings } from './context.ts';
import { ownersOf } from './owners.ts';
import type { PropertyRule } from './rule.ts';
import { ruleSettings } from './statements.ts';

const hoursStatement = statement(import.meta.url, './sql/occurrences_hours.sql');

const namesStatement = statement(import.meta.url, './sql/events_received.sql');

/** The names of all events received after one time, up to and with another. */
export async function namesReceived(
  { clickhouse }: Pick<Engine, 'clickhouse'>,
  workspace: string,
  { after, upTo }: { after: Date; upTo: Date },
): Promise<Set<string>> {
  const rows = await clickhouse.rows<{ name: string }>(namesStatement, { workspace, after, up_to: upTo });
  return new Set(rows.map(({ name }) => name));
}

/** Which events are asked for. */
export interface AskedOccurrences {
  event: string;
  /** All of them hold. */
  where?: readonly PropertyRule[] | undefined;
  /** Whether their properties are wanted. */
  properties?: boolean | undefined;
}

/** Something that somebody did. */
export interface Occurrence {
  /** Who did it, as known now. */
  profile: string;
  /** The id of the message. */
  message: string;
  /** When it happened. */
  at: Date;
  /** When its message came first. */
  receivedAt: Date;
  properties?: Record<string, unknown>;
}

/** About so many events are read at once. */
const eventsAtOnce = 10_000;

/** Hours that are read together, and which part of them: few hours have more than can be read at once. */
interface Piece {
  hours: number[];
  parts: number;
  part: number;
}

/**
 * Events of a name by when they were received. They lie by the hour they happened in, so the hours are looked up first that got any, and
 * then read piece by piece: no query waits for a slow reader, and memory does not grow with what came. Of a message that came
 * again the first arrival counts, which may be before `after`; so all copies of what is in the range are merged.
 */
export async function* occurrencesOf(
  { clickhouse, clock, elsewhere }: Surroundings & Pick<Engine, 'clock'>,
  workspace: string,
  asked: AskedOccurrences,
  { after, upTo }: { after: Date; upTo: Date },
  atOnce = eventsAtOnce,
): AsyncGenerator<Occurrence[]> {
  const range = { workspace, event: asked.event, after, up_to: upTo };
  const hours = await clickhouse.rows<{ hour: number; count: number }>(hoursStatement, range);
  if (hours.length === 0) return;
  const moment = { now: clock.now(), timeZone: await elsewhere.timeZoneOf(workspace) };
  const bind = new Binder();
  const conditions = (asked.where ?? []).map((one) =>
    comparisonSql(one, propertyValue(bind.text(one.property)), bind, moment),
  );
  const statement = pieceStatement(conditions, asked.properties ?? false);
  for (const piece of piecesOf(hours, atOnce)) {
    const rows = await clickhouse.rows<Row>(
      statement,
      { ...bind.params, ...range, ...piece },
      { settings: ruleSettings },
    );
    if (rows.length === 0) continue;
    const owners = await ownersOf(clickhouse, workspace, [...new Set(rows.map(({ id }) => id))]);
    yield rows.map((row) => occurrenceOf(row, owners.of(row.id)));
  }
}

interface Row {
  id: string;
  message: string;
  /** Milliseconds since 1970. */
  at: number;
  received: number;
  /** JSON. */
  properties?: string;
}

function pieceStatement(conditions: readonly string[], properties: boolean): Statement {
  const here = `workspace = {workspace:UUID} AND name = {event:String} AND hour IN {hours:Array(DateTime('UTC'))}`;
  const received = `received_at > {after:DateTime64(3,'UTC')} AND received_at <= {up_to:DateTime64(3,'UTC')}`;
  return adhoc(
    'occurrences',
    `SELECT if(user_id != '', user_id, anonymous_id) AS id, message_id AS message,
  toUnixTimestamp64Milli(time) AS at, toUnixTimestamp64Milli(received_at) AS received${properties ? ', properties' : ''}
FROM events FINAL
PREWHERE message_id IN (
  SELECT message_id FROM events
  WHERE ${here} AND ${received} AND cityHash64(message_id) % {parts:UInt32} = {part:UInt32}
)
WHERE ${[here, received, ...conditions].join(' AND ')}`,
  );
}

function* piecesOf(hours: readonly { hour: number; count: number }[], atOnce: number): Generator<Piece> {
  let together: number[] = [];
  let sum = 0;
  for (const { hour, count } of hours) {
    if (together.length > 0 && sum + count > atOnce) {
      yield { hours: together, parts: 1, part: 0 };
      [together, sum] = [[], 0];
    }
    const parts = Math.ceil(count / atOnce);
    if (parts > 1) {
      for (let part = 0; part < parts; part++) yield { hours: [hour], parts, part };
      continue;
    }
    together.push(hour);
    sum += count;
  }
  if (together.length > 0) yield { hours: together, parts: 1, part: 0 };
}

function occurrenceOf({ message, at, received, properties }: Row, profile: string): Occurrence {
  const one = { profile, message, at: new Date(at), receivedAt: new Date(received) };
  return properties === undefined ? one : { ...one, properties: JSON.parse(properties) };
}
