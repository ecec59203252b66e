import { adhoc, type ClickHouse } from '../../engine/index.ts';
import { messageColumns } from '../rows.ts';
import type { Job, Position } from './store.ts';
import { type Chain, type Condition, chainsOf, inRange, isOfEvents, isWhole, ofWorkspace } from './tables.ts';

/** Messages derived by one statement: what a kill repeats, and how long others wait for their turn. */
const usualChunk = 500_000;

/**
 * Deriving is work in the background. Two threads, since one core derives too little; the operating system gives them
 * what others leave (where the process may ask for that).
 */
export const background = {
  max_threads: 2,
  max_insert_threads: '2',
  // Without it the views of a table are one thread's work, however many read it.
  parallel_view_processing: 1,
  // A chunk is smaller than what the engine thinks worth a second reader.
  merge_tree_min_rows_for_concurrent_read: '65536',
  merge_tree_min_bytes_for_concurrent_read: String(8 * 1024 * 1024),
  // Duplicates are looked for when merging and when reading, as always; doing so once more in each block took a
  // fifth of the time.
  optimize_on_insert: 0,
  min_insert_block_size_bytes: String(16 * 1024 * 1024),
  os_thread_priority: '19',
} as const;

/** After a failure, which is often that others needed the memory: one thread, and smaller blocks each time. */
const settingsOf = ({ attempts }: Pick<Job, 'attempts'>) =>
  attempts === 0
    ? background
    : {
        ...background,
        max_threads: 1,
        max_insert_threads: '1',
        min_insert_block_size_bytes: String((16 * 1024 * 1024) >> Math.min(attempts, 5)),
      };

const day = 24 * 60 * 60 * 1000;
const beginOf = (number: number) =>
  new Date(`${String(number).replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3')}T00:00:00.000Z`);

/** Which messages a step reads: of the range for events, of the whole log for what is known of people. */
export const readBy = (job: Job, step: Chain['step']): Condition =>
  inRange({
    workspace: job.workspace,
    from_at: step === 'events' ? job.from_at : new Date(0),
    until_at: endOf(job, step),
  });

/** Received before it: read day by day. What came later is caught up with. */
const endOf = (job: Job, step: Chain['step']): Date =>
  step === 'events' || isWhole(job) ? job.until_at : (job.started_at ?? job.created_at);

export interface Day {
  day: number;
  messages: number;
}

/** The days of receipt that have messages to read, the first first. */
export const daysOf = (clickhouse: ClickHouse, which: Condition): Promise<Day[]> =>
  clickhouse.rows<Day>(
    adhoc(
      'reprocess_days',
      `SELECT toYYYYMMDD(received_at) AS day, count() AS messages FROM messages WHERE ${which.sql} GROUP BY day ORDER BY day`,
    ),
    which.params,
  );

export interface Chunk {
  condition: Condition;
  messages: number;
  /** Where the next one begins; null after the last. */
  next: Position | null;
}

/**
 * The next messages: some days that have few, or a part of one, in the order they lie in (workspace, then time of
 * receipt), so that a chunk reads neighbours, and no message is read twice however many workspaces there are.
 */
export async function chunkAt(
  clickhouse: ClickHouse,
  which: Condition,
  days: readonly Day[],
  from: Position,
  most = usualChunk,
): Promise<Chunk> {
  const together = from.workspace ? [] : wholeDays(days, from.day, most);
  const first = beginOf(from.day);
  const end = new Date(beginOf(together.at(-1)?.day ?? from.day).getTime() + day);
  let sql = `received_at >= {day:DateTime64(3, 'UTC')} AND received_at < {day_end:DateTime64(3, 'UTC')} AND ${which.sql}`;
  let params: Record<string, unknown> = { ...which.params, day: first, day_end: end };
  if (together.length > 0) {
    const messages = together.reduce((sum, one) => sum + one.messages, 0);
    return { condition: { sql, params }, messages, next: dayAfter(days, together.at(-1)?.day ?? from.day) };
  }
  if (from.workspace) {
    sql += ` AND (workspace > {after:UUID} OR (workspace = {after:UUID} AND received_at >= {after_at:DateTime64(3, 'UTC')}))`;
    params = { ...params, after: from.workspace, after_at: new Date(from.at) };
  }
  const [bound] = await clickhouse.rows<{ workspace: string; at: number }>(
    adhoc(
      'reprocess_bound',
      `SELECT workspace, toUnixTimestamp64Milli(received_at) AS at FROM messages WHERE ${sql}
       ORDER BY messages.workspace, messages.received_at LIMIT 1 OFFSET {chunk:UInt64}`,
    ),
    { ...params, chunk: most },
  );
  if (bound) {
    // More than a chunk of one instant cannot be cut.
    const stuck = bound.workspace === from.workspace && bound.at === from.at;
    const at = stuck ? bound.at + 1 : bound.at;
    sql += ` AND (workspace < {before:UUID} OR (workspace = {before:UUID} AND received_at < {before_at:DateTime64(3, 'UTC')}))`;
    params = { ...params, before: bound.workspace, before_at: new Date(at) };
  }
  const { messages } = await clickhouse.row<{ messages: number }>(
    adhoc('reprocess_chunk', `SELECT count() AS messages FROM messages WHERE ${sql}`),
    params,
  );
  const next = bound
    ? { day: from.day, workspace: bound.workspace, at: (params.before_at as Date).getTime() }
    : dayAfter(days, from.day);
  return { condition: { sql, params }, messages, next };
}

/** Days from this one on that make one chunk together; none when the first is more than one by itself. */
function wholeDays(days: readonly Day[], from: number, most: number): Day[] {
  const together: Day[] = [];
  let messages = 0;
  for (const one of days.filter((each) => each.day >= from)) {
    messages += one.messages;
    if (messages > most) break;
    together.push(one);
  }
  return together;
}

const columns = messageColumns.join(', ');

/** Derives some messages into side tables. Doing it twice changes nothing. */
export const deriveInto = (
  clickhouse: ClickHouse,
  job: Pick<Job, 'attempts'>,
  { source }: Chain,
  which: Condition,
  signal?: AbortSignal,
): Promise<void> =>
  clickhouse.run(
    adhoc(
      `reprocess into ${source}`,
      `INSERT INTO ${source} (${columns}) SELECT ${columns} FROM messages WHERE ${which.sql}`,
    ),
    which.params,
    { settings: settingsOf(job), ...(signal ? { signal } : {}) },
  );

/**
 * Derives what arrived while the side tables were made: of everybody since a time, and of what was read again what
 * was received in its last minutes, which may have become durable after its chunk was read.
 */
export async function catchUp(
  clickhouse: ClickHouse,
  job: Job,
  { since, late, signal }: { since: Date; late?: number; signal?: AbortSignal | undefined },
): Promise<void> {
  for (const chain of chainsOf(job)) {
    // Of people everything is replaced, so what came after the range must be there too.
    const scope = chain.views.every(isOfEvents) ? inRange(job) : ofWorkspace(job.workspace);
    const again =
      late === undefined ? 'false' : `(${scope.sql} AND received_at >= {late_since:DateTime64(3, 'UTC')})`;
    const lateSince = new Date(endOf(job, chain.step).getTime() - (late ?? 0));
    const which = {
      sql: `(received_at >= {caught_up:DateTime64(3, 'UTC')} OR ${again})`,
      params: { caught_up: since, ...(late === undefined ? {} : { ...scope.params, late_since: lateSince }) },
    };
    await deriveInto(clickhouse, job, chain, which, signal);
  }
}

export const firstPosition = (days: readonly Day[]): Position | null =>
  days[0] ? { day: days[0].day, workspace: null, at: 0 } : null;

/** Where the next day begins that has messages; null after the last. */
const dayAfter = (days: readonly Day[], number: number): Position | null => {
  const next = days.find(({ day }) => day > number);
  return next ? { day: next.day, workspace: null, at: 0 } : null;
};
