import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { table } from '../src/cli/output.ts';
import { type Running, startRapport } from '../src/rapport.ts';
import { evaluate } from '../src/segments/evaluate.testing.ts';
import { parseRule } from '../src/segments/parse.ts';
import { change, fill } from './segments.fill.ts';

const option = (name: string, otherwise: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
};
const count = (n: number) => Math.round(n).toLocaleString('en');
const ms = (n: number) => `${Math.round(n)} ms`;
const seconds = (n: number) => `${(n / 1_000).toFixed(1)} s`;

/** Three attributes and two events. `n` makes it another rule. */
const ruleOf = (n = 0) => ({
  all: [
    { attribute: 'city', operator: 'equals', value: ['Chicago', 'Boston', 'Paris', 'Rome', 'Oslo'][n % 5] },
    { attribute: 'lifetime_value', operator: 'greater_than', value: 300 + 17 * n },
    { attribute: 'last_order_date', operator: 'within_last', value: { amount: 900 + n, unit: 'day' } },
    { event: 'Product Viewed', count: { at_least: 2 }, within_last: { amount: 180 + n, unit: 'day' } },
    { not: { event: 'Order Completed', within_last: { amount: 30 + n, unit: 'day' } } },
  ],
});

const searches = [
  'person1999',
  'garcia12',
  'maria smith1',
  '3120012345',
  'élodie',
  'customer77777',
  'nobody at all',
];

/** How long people wait who build segments and search for people; and what keeping membership costs. */
export async function run(): Promise<void> {
  const most = option('people', 2_000_000);
  const sizes = [most / 10, most];
  const segments = option('segments', 100);
  const dataDir = mkdtempSync(join(tmpdir(), 'rapport-bench-'));
  const running = await startRapport({ dataDir, host: '127.0.0.1', port: 0, log: pino({ level: 'error' }) });
  // Hours of a whole year that came at once are counted for minutes; and segments are computed when the bench says so.
  await running.rooms.metrics.stop?.();
  await running.rooms.segments.stop?.();
  console.log(`${cpus().length} cores (${cpus()[0]?.model}), load ${loadavg()[0]?.toFixed(1)}\n`);
  try {
    const rows: string[][] = [['', ...sizes.map((size) => `${count(size)} people`), 'wanted']];
    const measured: Record<string, string>[] = [];
    for (const size of sizes)
      measured.push(await measure(running, size, size === most ? segments : Math.min(10, segments)));
    for (const name of Object.keys(measured.at(-1)!))
      rows.push([name, ...measured.map((one) => one[name] ?? ''), wanted[name] ?? '']);
    console.log(table(rows));
  } finally {
    await running.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  console.log(`\nload ${loadavg()[0]?.toFixed(1)} at the end`);
}

const wanted: Record<string, string> = {
  'live count, p95': 'under 1 s at 2M',
  'search, p95': 'under 100 ms at 2M',
  'recomputed after 100,000 changed, all': 'under 30 s for 100 at 2M',
  'one recomputed whole': 'under 5 s at 2M',
};

async function measure(
  { rooms, engine }: Running,
  people: number,
  segments: number,
): Promise<Record<string, string>> {
  const { clickhouse, clock } = engine;
  const { id: workspace } = await rooms.access.workspaces.create(`Bench ${people}`, 'Europe/Berlin');
  const now = clock.now();
  const started = performance.now();
  await fill(clickhouse, workspace, people, now, (done, of) =>
    process.stderr.write(`\r${count(done)} of ${count(of)} messages   `),
  );
  const filled = performance.now() - started;
  process.stderr.write('\n');
  const result = told({ 'messages taken in': `${count((people * 11) / (filled / 1_000))}/s` });
  const counts: number[] = [];
  let found = 0;
  for (let n = 0; n < 30; n++) {
    const { took_ms, count } = await rooms.segments.count(workspace, ruleOf(n));
    counts.push(took_ms);
    found = count;
  }
  result['live count, median'] = ms(percentile(counts, 0.5));
  result['live count, p95'] = ms(percentile(counts, 0.95));
  const looked: number[] = [];
  for (let n = 0; n < 5; n++) {
    for (const search of searches) {
      const began = performance.now();
      await rooms.profiles.list(workspace, { search, limit: 50 });
      looked.push(performance.now() - began);
    }
  }
  result['search, median'] = ms(percentile(looked, 0.5));
  result['search, p95'] = ms(percentile(looked, 0.95));
  const naive = await oneByOne(rooms, workspace, people);
  result['one person after the other'] = `${count(naive / 1_000)} s (of ${naiveSample} people)`;
  result['  against counting'] = `${count(naive / percentile(counts, 0.5))} times as long`;

  const ids: string[] = [];
  let began = performance.now();
  for (let n = 0; n < segments; n++)
    ids.push((await rooms.segments.create(workspace, { name: `Segment ${n}`, rule: ruleOf(n) })).id);
  await rooms.segments.recompute(workspace);
  result[`first computation of ${segments}`] = seconds(performance.now() - began);
  began = performance.now();
  await rooms.segments.recompute(workspace);
  result['recomputed, nothing changed'] = ms(performance.now() - began);
  const changed = Math.min(100_000, people / 10);
  await clickhouse.run(change, { workspace, now: clock.now(), count: changed });
  began = performance.now();
  await rooms.segments.recompute(workspace);
  result['recomputed after 100,000 changed, all'] =
    `${seconds(performance.now() - began)} (${segments}, ${count(changed)})`;
  for (const id of ids.slice(1)) await rooms.segments.remove(workspace, id);
  await rooms.segments.update(workspace, ids[0]!, { rule: ruleOf(7) });
  began = performance.now();
  await rooms.segments.recompute(workspace);
  result['one recomputed whole'] = seconds(performance.now() - began);
  result['  members'] = `${count((await rooms.segments.get(workspace, ids[0]!)).members)} (${count(found)})`;
  return result;
}

/** Each figure is told as soon as it is known: all of them take some minutes. */
function told(result: Record<string, string>): Record<string, string> {
  return new Proxy(result, {
    set(all, name, value) {
      console.error(`${String(name)}: ${value}`);
      return Reflect.set(all, name, value);
    },
  });
}

const naiveSample = 300;

/** The same question in a loop over people, as one would write it first; of some of them, and so much longer for all. */
async function oneByOne(rooms: Running['rooms'], workspace: string, people: number): Promise<number> {
  const rule = parseRule(ruleOf());
  const began = performance.now();
  for (let n = 0; n < naiveSample; n++) {
    const id = `customer${Math.floor((n * people) / naiveSample)}`;
    const [attributes, { items }] = await Promise.all([
      rooms.profiles.attributesOf(workspace, [id]),
      rooms.profiles.timeline(workspace, id, { limit: 500 }),
    ]);
    const events = items.map(({ name, time, properties }) => ({ name, time: new Date(time), properties }));
    evaluate(rule, { attributes: attributes.get(id) ?? {}, events }, new Date(), 'Europe/Berlin');
  }
  return ((performance.now() - began) / naiveSample) * people;
}

const percentile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? 0;
