import { adhoc, type ClickHouse, type Engine } from '../../engine/index.ts';
import type { Cover } from './cover.ts';
import { type HourCount, identity, type TestEvent, type TestSession } from './model.testing.ts';

/** What the log does with events, for tests that want events no message would make. */
export async function arrive(clickhouse: ClickHouse, workspace: string, events: readonly TestEvent[]) {
  if (events.length === 0) return;
  const rows = events.map((event) =>
    JSON.stringify({
      workspace,
      hour: event.hour / 1_000,
      name: event.name,
      message_id: event.id,
      precedence: 1_000_000_000 - event.arrival,
      type: event.type,
      time: new Date(event.time).toISOString(),
      person: event.person,
      visitor: event.visitor,
      by_rapport: event.byRapport,
      bot: event.bot,
      path: event.path,
      campaign_key: event.campaign,
      utm_campaign: event.campaign,
      revenue: event.revenue,
    }),
  );
  const columns =
    'workspace hour name message_id precedence type time person visitor by_rapport bot path campaign_key utm_campaign revenue';
  await clickhouse.insert('events', columns.split(' '), Buffer.from(`${rows.join('\n')}\n`));
  const hours = Map.groupBy(events, ({ time }) => Math.floor(time / 3_600_000) * 3_600);
  for (const [hour, of] of hours) {
    await clickhouse.run(
      adhoc(
        'mark',
        `INSERT INTO hour_marks SELECT {workspace:UUID}, toDateTime({hour:UInt32}), now64(3, 'UTC'), {messages:UInt64}, {hours:Array(DateTime('UTC'))}`,
      ),
      { workspace, hour, messages: of.length, hours: [...new Set(of.map((e) => e.hour / 1_000))] },
    );
  }
}

/** What erasing does: the rows go, their hours are touched. */
export async function vanish(clickhouse: ClickHouse, workspace: string, events: readonly TestEvent[]) {
  if (events.length === 0) return;
  await clickhouse.run(
    adhoc(
      'vanish',
      'DELETE FROM events WHERE workspace = {workspace:UUID} AND message_id IN {ids:Array(String)}',
    ),
    { workspace, ids: events.map(({ id }) => id) },
  );
  await clickhouse.run(
    adhoc(
      'touch',
      `INSERT INTO hour_marks SELECT workspace, hour, now64(3, 'UTC'), 0, [] FROM hour_marks
       WHERE workspace = {workspace:UUID} AND hour IN {hours:Array(DateTime('UTC'))} GROUP BY workspace, hour`,
    ),
    { workspace, hours: [...new Set(events.map(({ time }) => Math.floor(time / 3_600_000) * 3_600))] },
  );
}

/** Sessions by their sums, as readers ask; one that counts twice is there twice. */
export async function readSessions(clickhouse: ClickHouse, workspace: string): Promise<TestSession[]> {
  const rows = await clickhouse.rows<TestSession & { times: number }>(
    adhoc(
      'sessions',
      `SELECT visitor, person, toUnixTimestamp64Milli(started) AS started, toUnixTimestamp64Milli(ended) AS ended,
         events, page_views, revenue, orders, entry_page, exit_page, campaign_key, sum(sign) AS times
       FROM sessions WHERE workspace = {workspace:UUID} GROUP BY ALL HAVING times != 0`,
    ),
    { workspace },
  );
  return rows.flatMap(({ times, ...session }) => {
    if (times < 0) throw new Error(`a session counts ${times} times: ${JSON.stringify(session)}`);
    return Array<TestSession>(times).fill(session);
  });
}

const closedRows = `workspace = {workspace:UUID} AND hour NOT IN {open_hours:Array(DateTime('UTC'))}
  AND version <= {newest_version:UInt64} AND (hour, version) NOT IN {stale:Array(Tuple(DateTime('UTC'), UInt64))}`;

/** Hours as readers ask: closed ones from `table`, open ones from the log. */
export const readHours = (clickhouse: ClickHouse, workspace: string, cover: Cover, table: string) =>
  clickhouse.rows<HourCount>(
    adhoc(
      'hours',
      `SELECT toUnixTimestamp(hour) * 1000 AS hour, name, type, by_rapport, sum(events) AS events,
         sum(page_views) AS page_views, sum(revenue) AS revenue, sum(orders) AS orders
       FROM (
         ${
           table === 'metric_hours'
             ? `SELECT hour, name, type, by_rapport, events, page_views, revenue, orders FROM metric_hours WHERE ${closedRows}`
             : `SELECT hour, name, type, by_rapport, 1 AS events, type != 'track' AS page_views, revenue, name = 'Order Completed' AS orders FROM events_by_person WHERE ${closedRows}`
         }
         UNION ALL
         SELECT toStartOfHour(toDateTime(time, 'UTC')) AS hour_of_time, name, type, by_rapport, 1, type != 'track', revenue, name = 'Order Completed'
         FROM events FINAL
         PREWHERE workspace = {workspace:UUID} AND hour IN {event_hours:Array(DateTime('UTC'))}
         WHERE hour_of_time IN {open_hours:Array(DateTime('UTC'))} AND NOT bot)
       GROUP BY hour, name, type, by_rapport`,
    ),
    { workspace, ...cover.params },
  );

export async function readPersonHours(clickhouse: ClickHouse, workspace: string, cover: Cover) {
  const rows = await clickhouse.rows<{ hour: number; person: number }>(
    adhoc(
      'person_hours',
      `SELECT DISTINCT toUnixTimestamp(hour) * 1000 AS hour, person FROM (
         SELECT hour, person FROM person_hours WHERE ${closedRows}
         UNION ALL
         SELECT toStartOfHour(toDateTime(time, 'UTC')) AS hour_of_time, person FROM events FINAL
         PREWHERE workspace = {workspace:UUID} AND hour IN {event_hours:Array(DateTime('UTC'))}
         WHERE hour_of_time IN {open_hours:Array(DateTime('UTC'))} AND NOT bot AND NOT by_rapport)`,
    ),
    { workspace, ...cover.params },
  );
  return new Set(rows.map(({ hour, person }) => `${hour} ${person}`));
}

/** In which order the builder takes events of one millisecond: by the hash of what makes them one. */
export async function tiesOf(clickhouse: ClickHouse, events: readonly TestEvent[]) {
  const rows = await clickhouse.rows<{ id: string; name: string; of: number; rank: number }>(
    adhoc(
      'ties',
      // Not AS hour: the window's `hour` would be that.
      `SELECT id, name, toUnixTimestamp(hour) * 1000 AS of, row_number() OVER (ORDER BY sipHash64(id, name, hour)) AS rank
       FROM (SELECT DISTINCT x.1 AS id, x.2::LowCardinality(String) AS name, toDateTime(x.3, 'UTC') AS hour
         FROM (SELECT arrayJoin(arrayZip({ids:Array(String)}, {names:Array(String)}, {hours:Array(UInt32)})) AS x))`,
    ),
    {
      ids: events.map(({ id }) => id),
      names: events.map(({ name }) => name),
      hours: events.map(({ hour }) => hour / 1_000),
    },
  );
  const ranks = new Map(rows.map((row) => [`${row.of} ${row.name} ${row.id}`, row.rank]));
  return (a: TestEvent, b: TestEvent) => (ranks.get(identity(a)) ?? 0) - (ranks.get(identity(b)) ?? 0);
}

/** An engine that dies before the statement number `after` + 1 that writes. */
export function dyingEngine(engine: Engine, after: number): { engine: Engine; died(): boolean } {
  let written = 0;
  const clickhouse = new Proxy(engine.clickhouse, {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        if (key === 'run' && written++ >= after) return Promise.reject(new Error('killed'));
        return value.apply(target, given);
      };
    },
  });
  return { engine: { ...engine, clickhouse }, died: () => written > after };
}

/** An engine that has too little memory for a statement the first times it runs; `sizes` tells the chunks that were asked for. */
export function crampedEngine(engine: Engine, name: string, times: number) {
  const sizes: number[] = [];
  let failed = 0;
  const clickhouse = new Proxy(engine.clickhouse, {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (key !== 'run') return typeof value === 'function' ? value.bind(target) : value;
      return (statement: { name: string }, params?: Record<string, unknown>, ...more: unknown[]) => {
        if (statement.name === 'hours_chunks') sizes.push(params?.chunk_messages as number);
        if (statement.name === name && failed++ < times) {
          return Promise.reject(Object.assign(new Error('no memory'), { type: 'MEMORY_LIMIT_EXCEEDED' }));
        }
        return value.call(target, statement, params, ...more);
      };
    },
  });
  return { engine: { ...engine, clickhouse }, sizes };
}
