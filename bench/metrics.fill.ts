/** A month of events of many workspaces, made inside the engine and put where the processing would have put them. */
import { adhoc, type ClickHouse } from '../src/engine/index.ts';

export const workspaces = 10_000;
export const days = 30;
/** Of the first day. All hours of these days are over, so that all can be closed. */
export const begin = new Date((Math.floor(Date.now() / 86_400_000) - days - 1) * 86_400_000);

/** Sum of 1/n for all workspaces: by Zipf's law the largest has 1/harmonic of everything, here 10 %. */
const harmonic = Array.from({ length: workspaces }, (_, n) => 1 / (n + 1)).reduce(
  (sum, part) => sum + part,
  0,
);
/** Events of the workspace of this rank, about. */
export const eventsOfRank = (rank: number, total: number) => Math.round(total / harmonic / rank);
const perSession = 5;
/** Sessions made by one statement. */
const atOnce = 200_000;
/** Each person is there about eight times in the month. */
const perPerson = 40;

export const workspaceOfRank = (rank: number) =>
  `00000000-0000-7000-8000-${rank.toString(16).padStart(12, '0')}`;

/** Rank by Zipf's law of a number between 0 and 1: the inverse of H(n) ≈ ln(n) + 0.5772. */
const rank = (u: string) =>
  `least(${workspaces}, greatest(1, toUInt32(ceil(exp(${u} * ${harmonic} - 0.5772156649) - 0.5))))`;
const unit = (seed: number, of = 'number') => `(cityHash64(${of}, ${seed}) / 18446744073709551616.)`;

/** One day's sessions; each has 1 to 9 events. */
const fillDay = adhoc(
  'bench_fill_events',
  `INSERT INTO events (workspace, hour, name, message_id, precedence, type, time, received_at, user_id, anonymous_id, person, visitor,
    source, by_rapport, bot, url, hostname, path, title, referrer, referrer_domain, utm_source, utm_medium, utm_campaign,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale, revenue, currency, order_id, properties, version)
  WITH
    ['google', 'newsletter', '(direct)', 'facebook.com', 'coffee.example'] AS sources,
    ['organic', 'email', '(none)', 'social', 'referral'] AS mediums,
    ['Organic Search', 'Email', 'Direct', 'Organic Social', 'Referral'] AS channels
  SELECT
    toUUID(concat('00000000-0000-7000-8000-', leftPad(lower(hex(rank)), 12, '0'))) AS workspace,
    toStartOfHour(toDateTime(time, 'UTC')) AS hour,
    multiIf(kind < 60, 'Page Viewed', kind < 85, 'Product Viewed', kind < 95, 'Product Added', 'Order Completed') AS name,
    concat(hex(number), '-', toString(n)) AS message_id,
    18446744073709551615 - toUnixTimestamp64Milli(received_at) AS precedence,
    if(kind < 60, 'page', 'track') AS type,
    addMilliseconds(started, n * gap) AS time,
    addMilliseconds(time, 300) AS received_at,
    '' AS user_id,
    concat('visitor-', toString(who)) AS anonymous_id,
    sipHash64(anonymous_id) AS person,
    person AS visitor,
    'http', false, false,
    concat('https://shop.example', path) AS url,
    'shop.example',
    concat('/products/', toString(toUInt32(exp(cityHash64(number, n, 7) / 18446744073709551616. * 6.2)))) AS path,
    concat('Product ', path) AS title,
    if(source = 1, 'https://www.google.com/', ''),
    if(source = 1, 'google.com', ''),
    if(source = 2, 'newsletter', ''), if(source = 2, 'email', ''), if(source = 2, 'autumn', ''),
    sources[source], mediums[source], channels[source],
    if(source = 3, '', concat(sources[source], '/', mediums[source], '/')),
    if(who % 3 = 0, 'mobile', 'desktop'), if(who % 3 = 0, 'Safari', 'Chrome'), if(who % 3 = 0, 'iOS', 'Windows'),
    ['DE', 'US', 'FR', 'GB', ''][1 + who % 5],
    'en-US',
    if(kind >= 95, 5 + cityHash64(number, n, 8) % 400 / 4, 0.) AS revenue,
    if(kind >= 95, 'EUR', ''),
    if(kind >= 95, message_id, ''),
    concat('{"url":"', url, '","category":"coffee"', if(kind >= 95, concat(',"revenue":', toString(revenue)), ''), '}'),
    toUInt16(1)
  FROM
  (
    SELECT
      number, n, rank, source, who, started,
      cityHash64(number, n, 5) % 100 AS kind,
      3_000 + cityHash64(number, 6) % 60_000 AS gap
    FROM
    (
      SELECT
        number,
        ${rank(unit(1))} AS rank,
        cityHash64(number, 2) % greatest(3, toUInt64({total:UInt64} / ${harmonic * perPerson} / rank)) AS who,
        {day:DateTime64(3, 'UTC')} + toIntervalMillisecond(cityHash64(number, 3) % 85_800_000) AS started,
        1 + toUInt8(pow(${unit(4)}, 2) * 5) AS source,
        arrayJoin(range(1 + cityHash64(number, 9) % ${2 * perSession - 1})) AS n
      FROM numbers({first:UInt64}, {sessions:UInt64})
      WHERE (rank IN {ranks:Array(UInt32)}) = {inside:Bool}
    )
  )`,
);

const fillMarks = adhoc(
  'bench_fill_marks',
  `INSERT INTO hour_marks (workspace, hour, touched, messages, event_hours)
   SELECT workspace, toStartOfHour(toDateTime(time, 'UTC')) AS at, now64(3, 'UTC'), count(), groupUniqArray(hour)
   FROM events
   WHERE hour >= {day:DateTime('UTC')} AND hour < {day:DateTime('UTC')} + INTERVAL 1 DAY
     AND (workspace IN {workspaces:Array(UUID)}) = {inside:Bool}
   GROUP BY workspace, at`,
);

/**
 * Adds events to the month, of the workspaces of some ranks or of all others.
 *
 * @param total events when both are filled
 */
export async function fill(
  clickhouse: ClickHouse,
  total: number,
  ranks: readonly number[],
  part: 'these' | 'others',
): Promise<void> {
  const sessions = Math.round(total / perSession / days);
  const settings = {
    max_threads: 2,
    max_insert_threads: '1',
    max_execution_time: 0,
    // Hours are counted meanwhile, and what fills them must leave memory for that.
    min_insert_block_size_bytes: String(64 * 1024 ** 2),
  };
  const which = { ranks: [...ranks], workspaces: ranks.map(workspaceOfRank), inside: part === 'these' };
  for (let day = 0; day < days; day++) {
    const at = new Date(begin.getTime() + day * 86_400_000);
    for (let done = 0; done < sessions; done += atOnce) {
      const some = { first: day * sessions + done, sessions: Math.min(atOnce, sessions - done) };
      await clickhouse.run(fillDay, { total, day: at, ...some, ...which }, { settings });
    }
    await clickhouse.run(fillMarks, { day: at, ...which }, { settings });
  }
}
