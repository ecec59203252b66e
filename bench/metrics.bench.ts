import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { table } from '../src/cli/output.ts';
import { adhoc } from '../src/engine/index.ts';
import { type Running, startRapport } from '../src/rapport.ts';
import { month, openShop, questions, type Shop, share, timesOf } from './metrics.ask.ts';
import { eventsOfRank, fill, workspaces } from './metrics.fill.ts';
import { freshness } from './metrics.fresh.ts';
import { type Dots, plot } from './metrics.plot.ts';

/** 100 million take about half an hour and 15 GB of disk. */
const events = Number(process.env.RAPPORT_BENCH_EVENTS ?? 10_000_000);
const picture = new URL('../docs/images/query-cost.svg', import.meta.url);
const log = (text: string) => console.log(text);
const millions = (count: number) => `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)}M`;

/**
 * What questions cost over 30 days of many workspaces, the largest with a tenth of all events: for the largest and for
 * a median one, beside what the engine takes to read the same rows; how the cost grows with a workspace's own rows and
 * with everyone's; how soon a message is in an answer while 10,000 a second come in.
 */
export async function run(): Promise<void> {
  const dataDir = mkdtempSync(join(process.env.RAPPORT_BENCH_DIR ?? tmpdir(), 'rapport-bench-'));
  const running = await startRapport({ dataDir, host: '127.0.0.1', port: 0, log: pino({ level: 'error' }) });
  try {
    log(`${millions(events)} events over 30 days, ${workspaces} workspaces by Zipf's law; ${machine()}\n`);
    const dots: Dots[] = [];
    dots.push(...(await filled(running, [0, 0.1], true)));
    dots.push(...(await filled(running, [0.1, 1], false)));
    await prices(running);
    mkdirSync(new URL('.', picture), { recursive: true });
    writeFileSync(picture, plot('What an answer costs', axes, dots));
    log(`\nCost against the size of the workspace: ${picture.pathname}\n`);
    await freshness(running, await openShop(running, 1));
  } finally {
    await running.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  log(`\n${machine()} at the end`);
}

const machine = () => `${cpus().length} cores (${cpus()[0]?.model}), load ${loadavg()[0]?.toFixed(1)}`;
const axes = { x: 'events of the workspace asked about', y: 'median time of an answer' };

/** Puts a share of all events there, lets their hours be counted, and asks workspaces of all sizes. */
async function filled(running: Running, part: [number, number], hollow: boolean): Promise<Dots[]> {
  const count = events * (part[1] - part[0]);
  let started = performance.now();
  await fill(running.engine.clickhouse, events, part);
  const filling = (performance.now() - started) / 1_000;
  started = performance.now();
  await running.rooms.metrics.settle();
  const counting = (performance.now() - started) / 1_000;
  log(
    `${millions(count)} events made in ${filling.toFixed(0)} s, their hours and sessions counted in ${counting.toFixed(0)} s (${Math.round(count / counting)} events/s)`,
  );
  await quiet(running);
  const all = events * part[1];
  const ranks = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];
  const chosen = [
    ['hourly series, page views and revenue', 'a'],
    ['top 10 pages by visitors', 'b'],
    ['funnel of 3 steps', 'c'],
  ] as const;
  const dots: Dots[] = [];
  for (const [name, colour] of chosen) {
    const points = [];
    for (const rank of ranks) {
      const shop = await openShop(running, rank);
      const times = await timesOf(running.url, [shop], questions[name]!, 9);
      points.push({ x: Math.max(1, eventsOfRank(rank, all)), y: share(times, 0.5) });
    }
    dots.push({ label: `${name.replace(/,.*/, '')}, ${millions(all)} in all`, colour, hollow, points });
  }
  return dots;
}

/** Waits until the engine has merged what it wants to merge, at most some minutes. */
async function quiet({ engine }: Running): Promise<void> {
  const merging = adhoc('bench_merges', 'SELECT count() AS n FROM system.merges');
  for (let n = 0, still = 0; n < 300 && still < 3; n++) {
    await new Promise((go) => setTimeout(go, 1_000));
    const { n: running } = await engine.clickhouse.row<{ n: number }>(merging);
    still = running === 0 ? still + 1 : 0;
  }
}

/** p50 and p95 of every question for a median workspace and for the largest. */
async function prices(running: Running): Promise<void> {
  const largest = [await openShop(running, 1)];
  const median: Shop[] = [];
  for (let n = 0; n < 20; n++) median.push(await openShop(running, workspaces / 2 + n));
  const rows: string[][] = [
    ['', 'median workspace: p50', 'p95', 'largest: p50', 'p95'],
    await limits(running, median, largest),
  ];
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  for (const [name, question] of Object.entries(questions)) {
    const few = await timesOf(running.url, median, question, 60);
    const many = await timesOf(running.url, largest, question, 24);
    rows.push([name, ms(share(few, 0.5)), ms(share(few, 0.95)), ms(share(many, 0.5)), ms(share(many, 0.95))]);
  }
  const [{ rows: stored, bytes }] = (await running.engine.clickhouse.rows<{ rows: number; bytes: number }>(
    adhoc(
      'bench_size',
      'SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active',
    ),
  )) as [{ rows: number; bytes: number }];
  log(
    `\nmedian workspace: ${eventsOfRank(workspaces / 2, events)} events, largest: ${millions(eventsOfRank(1, events))}; over HTTP; ${millions(stored)} rows in all tables, ${(bytes / 1e9).toFixed(1)} GB\n`,
  );
  log(table(rows));
}

/** The limit: what the engine takes to read two columns of the same rows of `events` and add them up by the hour. */
async function limits({ engine }: Running, median: Shop[], largest: Shop[]): Promise<string[]> {
  const scan = adhoc(
    'bench_scan',
    `SELECT hour, count(), sum(revenue) FROM events
     WHERE workspace = {workspace:UUID} AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')} GROUP BY hour ORDER BY hour`,
  );
  const times = async (shops: Shop[], turns: number) => {
    const found: number[] = [];
    for (let turn = 0; turn < turns; turn++) {
      const { id } = shops[turn % shops.length] as Shop;
      const { from, to } = month(turn);
      const started = performance.now();
      await engine.clickhouse.rows(scan, { workspace: id, from: new Date(from), to: new Date(to) });
      found.push(performance.now() - started);
    }
    found.sort((a, b) => a - b);
    return [share(found, 0.5), share(found, 0.95)].map((value) => `${value.toFixed(1)} ms`);
  };
  return [
    'engine, raw: its rows counted by the hour',
    ...(await times(median, 60)),
    ...(await times(largest, 24)),
  ];
}
