/** People with attributes and events, made inside the engine and taken in by the processing as messages are. */
import { adhoc, type ClickHouse } from '../src/engine/index.ts';

export const eventsPerPerson = 10;
/** Every so many people are also known by an anonymous id. */
const linkedOne = 40;
/** Messages of one statement. */
const atOnce = 500_000;

const now = 'toDateTime64({now:DateTime64(3)}, 3)';
const iso = (time: string) => `concat(formatDateTime(${time}, '%Y-%m-%dT%H:%i:%S', 'UTC'), '.000Z')`;
const columns = 'workspace, received_at, sent_at, source, message';

/** Eight attributes each. */
const identify = adhoc(
  'bench_fill_people',
  `INSERT INTO incoming (${columns})
  SELECT {workspace:UUID}, ${now} - INTERVAL 1 DAY, toDateTime64(0, 3), 'import:bench',
    concat('{"type":"identify","messageId":"p:', leftPad(toString(number), 10, '0'), '","userId":"customer', toString(number), '",',
      if(number % ${linkedOne} = 0, concat('"anonymousId":"device', toString(number), '",'), ''),
      '"timestamp":"', ${iso(`${now} - INTERVAL 1 DAY`)}, '","traits":{"first_name":"', ['Anna','James','Maria','John','Linda','Élodie','Wei','Omar'][1 + number % 8],
      '","last_name":"', ['Smith','Johnson','Williams','Brown','Jones','Garcia','Miller','Dubois','Nakamura'][1 + number % 9], toString(number % 977),
      '","email":"person', toString(number), '@example.com","phone":"+1312', leftPad(toString(number % 10000000), 7, '0'),
      '","city":"', ['Chicago','Boston','Paris','Rome','Oslo','Bern','Kyiv','Lima','Cairo','Quito'][1 + sipHash64(number, 1) % 10],
      '","lifetime_value":', toString(sipHash64(number, 2) % 2000),
      ',"last_order_date":"', ${iso(`${now} - INTERVAL sipHash64(number, 3) % 1500 DAY`)},
      '","tier":"', ['bronze','silver','gold'][1 + sipHash64(number, 4) % 3], '"}}')
  FROM numbers({from:UInt64}, {count:UInt64})`,
);

const track = adhoc(
  'bench_fill_person_events',
  `INSERT INTO incoming (${columns})
  WITH sipHash64(number, 5) % {people:UInt64} AS who, ${now} - INTERVAL (sipHash64(number, 6) % 31536000) SECOND AS at
  SELECT {workspace:UUID}, ${now} - INTERVAL 1 DAY, toDateTime64(0, 3), 'http',
    concat('{"type":"track","event":"', ['Order Completed','Product Viewed','Cart Updated','Signed In','Product Viewed','Search Done','Product Viewed','Shared','Product Viewed','Product Rated'][1 + number % 10],
      '","messageId":"e', toString(number), '",', if(who % ${linkedOne} = 0 AND number % 2 = 0, concat('"anonymousId":"device'), concat('"userId":"customer')), toString(who),
      '","timestamp":"', ${iso('at')}, '","properties":{"revenue":', toString(sipHash64(number, 7) % 200), ',"category":"c', toString(number % 30), '"}}')
  FROM numbers({from:UInt64}, {count:UInt64})`,
);

export async function fill(
  clickhouse: ClickHouse,
  workspace: string,
  people: number,
  at: Date,
  tell: (done: number, of: number) => void,
  eventsToo = true,
): Promise<void> {
  const settings = { max_insert_threads: '2', min_insert_block_size_bytes: String(32 * 1024 * 1024) };
  const events = eventsToo ? people * eventsPerPerson : 0;
  const all = async (statement: typeof identify, count: number, before: number) => {
    for (let from = 0; from < count; from += atOnce) {
      const params = { workspace, people, now: at, from, count: Math.min(atOnce, count - from) };
      await clickhouse.run(statement, params, { settings });
      tell(before + Math.min(count, from + atOnce), people + events);
    }
  };
  await all(identify, people, 0);
  await all(track, events, people);
}

/** A change of some people, as a file brings it. */
export const change = adhoc(
  'bench_change_people',
  `INSERT INTO incoming (${columns})
  SELECT {workspace:UUID}, ${now}, toDateTime64(0, 3), 'import:change',
    concat('{"type":"identify","messageId":"c:', leftPad(toString(number), 10, '0'), '","userId":"customer', toString(number * 7),
      '","timestamp":"', ${iso(now)}, '","traits":{"city":"', ['Chicago','Boston','Paris','Rome'][1 + number % 4],
      '","lifetime_value":', toString(number % 3000), '}}')
  FROM numbers({count:UInt64})`,
);
