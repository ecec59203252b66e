/** What questions cost a median workspace and the largest one, beside what is wanted and what the engine itself takes. */
import { table } from '../src/cli/output.ts';
import { adhoc } from '../src/engine/index.ts';
import type { Running } from '../src/rapport.ts';
import { month, openShop, questions, type Shop, share, timesOf } from './metrics.ask.ts';
import { eventsOfRank, workspaces } from './metrics.fill.ts';

/** Twenty workspaces in the middle by size. */
export const medianRanks = Array.from({ length: 20 }, (_, n) => workspaces / 2 + n);
const turns = { median: 100, largest: 40 };

const ms = (value: number) => `${value.toFixed(0)} ms`;
const wanted = (limit: number | undefined) => (limit ? `< ${limit} ms` : '');

/** Prints p50 and p95 of every question. */
export async function prices(running: Running, events: number): Promise<void> {
  const largest = [await openShop(running, 1)];
  const median: Shop[] = [];
  for (const rank of medianRanks) median.push(await openShop(running, rank));
  const rows: string[][] = [
    ['', 'median: p50', 'p95', 'wanted', 'largest: p50', 'p95', 'wanted'],
    await limits(running, median, largest),
  ];
  for (const [name, { question, ...limit }] of Object.entries(questions)) {
    const few = await timesOf(running.url, median, question, turns.median);
    const many = await timesOf(running.url, largest, question, turns.largest);
    rows.push([
      name,
      ms(share(few, 0.5)),
      ms(share(few, 0.95)),
      wanted(limit.median),
      ms(share(many, 0.5)),
      ms(share(many, 0.95)),
      wanted(limit.largest),
    ]);
  }
  const size = adhoc(
    'bench_size',
    'SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active',
  );
  const stored = await running.engine.clickhouse.row<{ rows: number; bytes: number }>(size);
  console.log(
    `\nThe last 30 days, over HTTP, one question after the other. The median workspace has ${eventsOfRank(workspaces / 2, events)} events, the largest ${(eventsOfRank(1, events) / 1e6).toFixed(1)}M; ` +
      `${(stored.rows / 1e6).toFixed(0)}M rows in all tables, ${(stored.bytes / 1e9).toFixed(1)} GB.\n`,
  );
  console.log(table(rows));
}

/** The limit: what the engine takes to read two columns of the same rows of `events` and add them up by the hour. */
async function limits({ engine }: Running, median: Shop[], largest: Shop[]): Promise<string[]> {
  const scan = adhoc(
    'bench_scan',
    `SELECT hour, count(), sum(revenue) FROM events
     WHERE workspace = {workspace:UUID} AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')} GROUP BY hour ORDER BY hour`,
  );
  const times = async (shops: Shop[], count: number) => {
    const found: number[] = [];
    for (let turn = 0; turn < count; turn++) {
      const { id } = shops[turn % shops.length] as Shop;
      const { from, to } = month(turn);
      const started = performance.now();
      await engine.clickhouse.rows(scan, { workspace: id, from: new Date(from), to: new Date(to) });
      found.push(performance.now() - started);
    }
    found.sort((a, b) => a - b);
    return [ms(share(found, 0.5)), ms(share(found, 0.95)), ''];
  };
  return [
    'the engine: its events added up by the hour',
    ...(await times(median, turns.median)),
    ...(await times(largest, turns.largest)),
  ];
}
