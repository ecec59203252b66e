/** How fast the past is processed again, and what questions cost meanwhile. */
import { adhoc } from '../src/engine/index.ts';
import type { Running } from '../src/rapport.ts';
import { ask, month, openShop, questions, type Shop, share, timesOf } from './metrics.ask.ts';
import { begin, workspaceOfRank, workspaces } from './metrics.fill.ts';

/** Of a workspace that nothing else is asked of, two months before the others' month. */
const rank = workspaces + 1;
const from = new Date(begin.getTime() - 60 * 86_400_000);
const to = new Date(from.getTime() + 3 * 86_400_000);

const fillMessages = adhoc(
  'bench_fill_messages',
  `INSERT INTO messages (workspace, received_at, sent_at, source, message)
   WITH
     {from:DateTime64(3, 'UTC')} + toIntervalMillisecond(intDiv(number * 259_200_000, {count:UInt64})) AS at,
     formatDateTime(at, '%Y-%m-%dT%H:%i:%S.000Z') AS timestamp,
     toString(cityHash64(number) % 20_000) AS who,
     toString(cityHash64(number, 1) % 300) AS product
   SELECT {workspace:UUID}, at, at, 'http', concat(
     '{"type":"track","event":"', if(number % 20 = 0, 'Order Completed', 'Product Viewed'), '","messageId":"again-', toString(number),
     '","anonymousId":"visitor-', who, '","timestamp":"', timestamp,
     '","properties":{"url":"https://shop.example/products/', product, '?utm_source=newsletter","product_id":"p-', product, '","category":"coffee"',
     if(number % 20 = 0, concat(',"revenue":', toString(number % 90), '.5,"currency":"USD","order_id":"o-', toString(number), '"'), ''),
     '},"context":{"library":{"name":"bench","version":"1"},"locale":"en-US","page":{"referrer":"https://search.example/"}}}')
   FROM numbers({count:UInt64})`,
);
/** The limit: what the engine takes to read the same messages and parse each of them once. */
const parseAll = adhoc(
  'bench_parse',
  `SELECT count() AS parsed FROM messages
   WHERE workspace = {workspace:UUID} AND received_at >= {from:DateTime64(3, 'UTC')} AND received_at < {to:DateTime64(3, 'UTC')}
     AND notEmpty(JSONExtract(message, 'Tuple(type String, event String, messageId String)').3)`,
);

/** Reprocesses so many messages, and prints the rate beside what is wanted. */
export async function reprocessing(running: Running, count: number): Promise<void> {
  const { clickhouse } = running.engine;
  const { reprocess } = running.rooms.log;
  await openShop(running, rank);
  const workspace = workspaceOfRank(rank);
  await clickhouse.run(fillMessages, { workspace, from, count });
  const started = performance.now();
  await clickhouse.row(parseAll, { workspace, from, to });
  const parsing = (performance.now() - started) / 1_000;

  const largest = await openShop(running, 1);
  const names = ['hourly series, page views and revenue', 'top 10 pages by visitors'];
  const before = new Map<string, number>();
  for (const name of names) {
    const times = await timesOf(running.url, [largest], questions[name]!.question, 20);
    before.set(name, share(times, 0.5));
  }
  const again = async () => {
    const began = performance.now();
    const { id } = await reprocess.request({ workspace, from, to, by: 'bench' });
    const over = async () => {
      const { status, error } = await reprocess.get(undefined, id);
      if (status === 'failed') throw new Error(error ?? status);
      return status === 'done';
    };
    const rate = () => Math.round(count / ((performance.now() - began) / 1_000));
    const deriving = async () => Math.round((await reprocess.get(undefined, id)).messages_per_second ?? 0);
    return { over, rate, deriving };
  };
  const alone = await again();
  while (!(await alone.over())) await new Promise((go) => setTimeout(go, 50));
  console.log(
    `${count} messages processed again, verified and put in place: ${alone.rate()} messages/s, deriving alone ${await alone.deriving()} (wanted: 200000; to read and parse each of them once: ${Math.round(count / parsing)}/s)`,
  );
  const asked = await again();
  const during = await meanwhile(running, largest, names, asked.over);
  console.log(
    `  and once more, while one question after the other is asked, which go first: ${asked.rate()} messages/s`,
  );
  for (const name of names) {
    const times = during.get(name)!.sort((a, b) => a - b);
    const [quiet, busy] = [before.get(name)!, share(times, 0.5)];
    console.log(
      `  meanwhile, ${name} of the largest workspace: p50 ${busy.toFixed(0)} ms instead of ${quiet.toFixed(0)} ms, ${(busy / quiet).toFixed(1)} times (wanted: 2), of ${times.length} answers`,
    );
  }
}

/** Asks one question after the other, as one person would, until it is over. */
async function meanwhile(
  running: Running,
  shop: Shop,
  names: readonly string[],
  over: () => Promise<boolean>,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let turn = 0; !(await over()); turn++) {
    const name = names[turn % names.length]!;
    const started = performance.now();
    await ask(running.url, shop, { ...questions[name]!.question, ...month(turn) });
    times.get(name)!.push(performance.now() - started);
    await new Promise((go) => setTimeout(go, 50));
  }
  return times;
}
