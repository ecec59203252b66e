import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { table } from '../src/cli/output.ts';
import { adhoc } from '../src/engine/index.ts';
import type { Reprocessing } from '../src/log/index.ts';
import { messageColumns, messageRows, rowFormat } from '../src/log/rows.ts';
import { type Running, startRapport } from '../src/rapport.ts';
import { message } from './messages.ts';

const total = Number(process.env.MESSAGES ?? 1_000_000);
const block = 20_000;
const workspaces = 100;
const workspaceOf = (n: number) => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/**
 * Messages/s of a whole reprocessing (derived, verified, swapped, marked) of some days of many workspaces, beside what
 * the engine takes to read and parse the same messages; and how long a question takes before and meanwhile.
 */
export async function run(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rapport-bench-'));
  const running = await startRapport({ dataDir, host: '127.0.0.1', port: 0, log: pino({ level: 'error' }) });
  try {
    await fill(running);
    const parse = await timed(() => running.engine.clickhouse.run(parsing));
    const before = await questions(
      running,
      async () => void (await new Promise((done) => setTimeout(done, 5_000))),
    );
    let job: Reprocessing | undefined;
    const steps = new Map<string, number>();
    const [load] = loadavg();
    const cpu = process.cpuUsage();
    const whole = await timed(async () => {
      job = await reprocess(running, steps);
    });
    const used = process.cpuUsage(cpu);
    let during: number[] = [];
    await reprocess(running, new Map(), async (done) => {
      during = await questions(running, () => done);
    });
    console.log(
      `${cpus().length} cores (${cpus()[0]?.model}), load before ${load?.toFixed(1)}; ${total.toLocaleString('en')} messages of ` +
        `${workspaces} workspaces over three days; ${job?.verified?.explanation}\n`,
    );
    const row = (name: string, seconds: number) => [name, seconds.toFixed(2), Math.round(total / seconds)];
    console.log(
      table([
        ['', 'seconds', 'messages/s'],
        row('engine: read and parse only', parse),
        row('reprocessed', whole),
        ...[...steps].map(([step, seconds]) => row(`  ${step}`, seconds)),
      ]),
    );
    console.log(`\n${((used.user + used.system) / total).toFixed(2)} µs of the processor for a message`);
    console.log(
      table([
        ['a question of one workspace', 'asked', 'median ms', 'p95 ms'],
        ['before', before.length, Math.round(quantile(before, 0.5)), Math.round(quantile(before, 0.95))],
        ['meanwhile', during.length, Math.round(quantile(during, 0.5)), Math.round(quantile(during, 0.95))],
      ]),
    );
  } finally {
    await running.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const parsing = adhoc(
  'bench_parse',
  "SELECT sum(length(JSONExtract(message, 'Tuple(type String, event String, userId String, messageId String, timestamp String)').2)) FROM messages FORMAT Null",
);

/** Into the log alone, and through the processing as it was: what a reprocessing finds. */
async function fill({ engine, rooms }: Running): Promise<void> {
  const first = Date.now() - 3 * 86_400_000;
  for (let n = 0; n < total; n += block) {
    const rows = messageRows(
      Array.from({ length: block }, (_, i) => ({
        workspace: workspaceOf((n + i) % workspaces),
        receivedAt: new Date(first + Math.floor(((n + i) / total) * 3 * 86_400_000)),
        source: 'http',
        message: JSON.stringify(message(`m-${n + i}`, n + i)),
      })),
    );
    await engine.clickhouse.insert('messages', messageColumns, rows, rowFormat);
    await engine.clickhouse.insert('incoming', messageColumns, rows, rowFormat);
  }
  await rooms.log.processed();
}

async function reprocess(
  { rooms: { log } }: Running,
  steps: Map<string, number>,
  beside: (done: Promise<void>) => Promise<void> = async () => {},
): Promise<Reprocessing> {
  const { id } = await log.reprocess.request({ workspace: null, by: 'bench' });
  const done = (async () => {
    for (let at = performance.now(); ; ) {
      const now = await log.reprocess.get(undefined, id);
      const took = (performance.now() - at) / 1_000;
      at = performance.now();
      if (now.status === 'failed') throw new Error(now.error ?? 'failed');
      if (now.status === 'done') return;
      steps.set(now.step, (steps.get(now.step) ?? 0) + took);
      await new Promise((next) => setTimeout(next, 20));
    }
  })();
  await Promise.all([done, beside(done)]);
  return log.reprocess.get(undefined, id);
}

/** Milliseconds of each question asked, one after the other, until it is done. */
async function questions({ engine }: Running, until: () => Promise<void>): Promise<number[]> {
  const took: number[] = [];
  let over = false;
  const done = until().finally(() => {
    over = true;
  });
  for (let n = 0; !over; n++)
    took.push(
      1_000 *
        (await timed(() => engine.clickhouse.run(question, { workspace: workspaceOf(n % workspaces) }))),
    );
  await done;
  return took;
}

const question = adhoc(
  'bench_question',
  'SELECT toStartOfHour(time) AS at, name, count(), uniq(person), sum(revenue) FROM events FINAL WHERE workspace = {workspace:UUID} GROUP BY at, name FORMAT Null',
);

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

const quantile = (values: readonly number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? 0;
