import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { adhoc } from '../src/engine/index.ts';
import { type Running, startRapport } from '../src/rapport.ts';
import { openShop, questions, share, timesOf } from './metrics.ask.ts';
import { eventsOfRank, fill, workspaces } from './metrics.fill.ts';
import { freshness } from './metrics.fresh.ts';
import { type Dots, plot } from './metrics.plot.ts';
import { medianRanks, prices } from './metrics.prices.ts';
import { reprocessing } from './metrics.reprocess.ts';
import { peakOf } from './metrics.watch.ts';

const picture = new URL('../docs/images/metrics-cost.svg', import.meta.url);
/** Workspaces of all sizes that the plot asks about; the medians are asked about too. */
const ranks = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];
const chosen = [
  ['hourly series, page views and revenue', 'a'],
  ['top 10 pages by visitors', 'b'],
  ['funnel of 3 steps', 'c'],
] as const;

/**
 * What questions cost over 30 days of many workspaces, the largest with a tenth of all events: how the cost grows with a
 * workspace's own rows, and whether with everyone's (the same workspaces are asked about when they are alone, and again
 * among all others); how soon a message is in an answer while 10,000 a second come in; how fast the past is processed
 * again, and what questions cost meanwhile.
 *
 * `--events N` (1,000 and more): how many in all. `--dir PATH`: where the data goes meanwhile.
 */
export async function run(): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { events: { type: 'string', default: '20000000' }, dir: { type: 'string', default: tmpdir() } },
  });
  const events = Number(values.events);
  const dataDir = mkdtempSync(join(values.dir, 'rapport-bench-'));
  const running = await startRapport({ dataDir, host: '127.0.0.1', port: 0, log: pino({ level: 'error' }) });
  const began = performance.now();
  try {
    console.log(
      `${millions(events)} events over 30 days, ${workspaces} workspaces by Zipf's law; ${machine()}\n`,
    );
    const alone = await filled(running, events, 'these');
    const among = await filled(running, events, 'others');
    await prices(running, events);
    mkdirSync(new URL('.', picture), { recursive: true });
    const axes = { x: 'events of the workspace asked about', y: 'median time of an answer' };
    writeFileSync(picture, plot('What an answer about 30 days costs', axes, [...alone, ...among]));
    console.log(`\nCost against the size of the workspace: ${picture.pathname}\n`);
    await freshness(running, await openShop(running, 1));
    await reprocessing(running, Math.min(2_000_000, events / 5));
  } finally {
    await running.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  console.log(
    `\n${machine()} at the end, after ${((performance.now() - began) / 60_000).toFixed(1)} minutes`,
  );
}

const millions = (count: number) => `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)}M`;
const machine = () => `${cpus().length} cores (${cpus()[0]?.model}), load ${loadavg()[0]?.toFixed(1)}`;

/** Puts one part of all events there, lets their hours be counted, and asks workspaces of all sizes. */
async function filled(running: Running, events: number, part: 'these' | 'others'): Promise<Dots[]> {
  const { clickhouse } = running.engine;
  const before = await countAll(running);
  let started = performance.now();
  await fill(clickhouse, events, [...ranks, ...medianRanks], part);
  const filling = (performance.now() - started) / 1_000;
  const all = await countAll(running);
  started = performance.now();
  const { peak } = await peakOf(() => running.rooms.metrics.settle());
  const counting = (performance.now() - started) / 1_000;
  console.log(
    `${millions(all - before)} events made in ${filling.toFixed(0)} s; their hours and sessions counted in ${counting.toFixed(0)} s ` +
      `(${Math.round((all - before) / counting)} events/s, at most ${(peak / 2 ** 30).toFixed(1)} GB resident)`,
  );
  await quiet(running);
  const dots: Dots[] = [];
  for (const [name, colour] of chosen) {
    const points = [];
    for (const rank of ranks) {
      const shop = await openShop(running, rank);
      const times = await timesOf(running.url, [shop], questions[name]!.question, 15);
      points.push({ x: eventsOfRank(rank, events), y: share(times, 0.5) });
    }
    const label = `${name.replace(/,.*/, '')}, ${millions(all)} in all`;
    dots.push({ label, colour, hollow: part === 'these', points });
  }
  return dots;
}

async function countAll({ engine }: Running): Promise<number> {
  const { n } = await engine.clickhouse.row<{ n: number }>(
    adhoc('bench_count', 'SELECT count() AS n FROM events'),
  );
  return n;
}

/** Waits until the engine has merged what it wants to merge, at most a minute. */
async function quiet({ engine }: Running): Promise<void> {
  const merging = adhoc('bench_merges', 'SELECT count() AS n FROM system.merges');
  for (let n = 0, still = 0; n < 60 && still < 3; n++) {
    await new Promise((go) => setTimeout(go, 1_000));
    const { n: merges } = await engine.clickhouse.row<{ n: number }>(merging);
    still = merges === 0 ? still + 1 : 0;
  }
}
