import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { table } from '../src/cli/output.ts';
import { adhoc } from '../src/engine/index.ts';
import { writeLoyaltyFiles } from '../src/imports/index.ts';
import { type Running, startRapport } from '../src/rapport.ts';

const locations = Number(process.env.RAPPORT_BENCH_FILES ?? 20);
const customersPerLocation = 100_000;
const count = (n: number) => Math.round(n).toLocaleString('en');

/**
 * Loyalty files of 100,000 rows each, from the first byte stored until everybody can be searched; beside what the engine
 * takes to read the same files itself, make the same messages, and write them into the same tables and views.
 */
export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rapport-bench-'));
  const log = pino({ level: 'error' });
  const started = loadavg()[0];
  const out = join(folder, 'files');
  const { files, customers } = await writeLoyaltyFiles({
    out,
    locations,
    customersPerLocation,
    seed: 1,
    badRows: 3,
  });
  const paths = files.map(({ path }) => path);
  const running = await startRapport({ dataDir: join(folder, 'data'), host: '127.0.0.1', port: 0, log });
  try {
    // The engine and the program are warm, with what that takes of memory.
    await imported(running, 'warm', paths.slice(0, 1));
    const one = await imported(running, 'one', paths.slice(0, 1));
    const all = await imported(running, 'all', paths);
    const engine = await byEngine(running, paths);
    console.log(
      `${cpus().length} cores (${cpus()[0]?.model}), load ${started?.toFixed(1)} before; ${paths.length} files of ${count(customersPerLocation)} rows\n`,
    );
    const line = (
      name: string,
      { rows, seconds, processor, grown, script, found }: Taken,
      wanted: string,
    ) => [
      name,
      seconds.toFixed(1),
      processor.toFixed(1),
      Math.round(rows / seconds),
      `${((100 * rows) / seconds / engine.rate).toFixed(0)} %`,
      `${Math.round(grown / 1024 ** 2)} MB, of it JavaScript ${Math.round(script / 1024 ** 2)}`,
      `${count(found)} people`,
      wanted,
    ];
    console.log(
      table([
        ['', 'seconds', 'processor s', 'rows/s', 'of the engine', 'memory more', 'searchable', 'wanted'],
        [
          'engine, INSERT … SELECT FROM file()',
          engine.seconds.toFixed(1),
          engine.processor.toFixed(1),
          Math.round(engine.rate),
          '100 %',
          '',
          '',
          '',
        ],
        line('one file', one, ''),
        line(`${paths.length} files`, all, 'under 60 s, 50 %, under 200 MB'),
      ]),
    );
    if (all.found !== customers) console.log(`\nWRONG: ${count(customers)} customers are in the files.`);
    console.log(`\nload ${loadavg()[0]?.toFixed(1)} at the end`);
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Taken {
  rows: number;
  seconds: number;
  /** Of all cores; what is comparable when others use them too. */
  processor: number;
  grown: number;
  /** Of it JavaScript's: its heap and buffers. */
  script: number;
  found: number;
}

function processorSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

const peopleCount = adhoc(
  'bench_people',
  'SELECT count() AS found FROM profiles WHERE workspace = {workspace:UUID}',
);

/** Takes the files in, in a workspace of their own, until everybody is found. */
async function imported(running: Running, name: string, paths: string[]): Promise<Taken> {
  const { rooms, engine } = running;
  const workspace = (await rooms.access.workspaces.create(name, 'America/Chicago')).id;
  globalThis.gc?.();
  const { rss: before, ...first } = process.memoryUsage();
  let highest = before;
  let script = 0;
  const watch = setInterval(() => {
    const { rss, heapTotal, external } = process.memoryUsage();
    highest = Math.max(highest, rss);
    script = Math.max(script, heapTotal + external - first.heapTotal - first.external);
  }, 100);
  const started = performance.now();
  const used = process.cpuUsage();
  const made = [];
  for (const path of paths) made.push(await rooms.imports.importFile(workspace, { path, fileName: path }));
  const done = await Promise.all(made.map(({ id }) => rooms.imports.wait(workspace, id)));
  await rooms.log.processed();
  const { found } = await engine.clickhouse.row<{ found: number }>(peopleCount, { workspace });
  const seconds = (performance.now() - started) / 1_000;
  const processor = processorSeconds(used);
  clearInterval(watch);
  const wrong = done.find(({ status }) => status !== 'done');
  if (wrong) throw new Error(`${wrong.file_name}: ${wrong.error}`);
  const rows = done.reduce((sum, one) => sum + one.rows, 0);
  return { rows, seconds, processor, grown: highest - before, script, found };
}

const texts = ['First Name', 'Last Name', 'Email', 'Store Location', 'Favorite Category'];
const keys = ['first_name', 'last_name', 'email', 'store_location', 'favorite_category'];

/** The limit: the engine reads the file and makes the messages, twice, as each is written twice. */
async function byEngine({ engine, rooms }: Running, paths: string[]) {
  const { id: workspace } = await rooms.access.workspaces.create('engine', 'America/Chicago');
  const traits = texts.map((header, n) => `'"${keys[n]}":', toJSONString("${header}")`).join(", ',', ");
  const statement = (into: string) =>
    adhoc(
      'bench_import',
      `INSERT INTO ${into} (workspace, received_at, sent_at, source, country, user_agent, ip, message)
       SELECT {workspace:UUID}, now64(3), toDateTime64(0, 3), 'bench', '', '', '',
         concat('{"type":"identify","messageId":"import:', {file:String}, ':', leftPad(toString(rowNumberInAllBlocks()), 10, '0'),
           '","timestamp":"', {now:String}, '","userId":', toJSONString(lower("Email")), ',"traits":{', ${traits},
           ',"phone":"', replaceAll("Phone", ' ', ''), '","lifetime_value":', toString(toFloat64("LTV")),
           ',"last_order_date":"', "Last Order Date", 'T00:00:00.000Z"}}')
       FROM file({path:String}, 'CSVWithNames',
         '"First Name" String, "Last Name" String, "Email" String, "Phone" String, "LTV" String,
          "Store Location" String, "Last Order Date" String, "Favorite Category" String')
       WHERE match("Email", '^[^ @]+@[^ @]+[.][^ @]+$') AND toFloat64OrNull("LTV") IS NOT NULL`,
    );
  const settings = {
    input_format_csv_allow_variable_number_of_columns: 1 as const,
    input_format_allow_errors_num: '100',
  };
  const started = performance.now();
  const used = process.cpuUsage();
  for (const [file, path] of paths.entries()) {
    const params = { workspace, file: String(file), path, now: new Date().toISOString() };
    for (const into of ['messages', 'incoming'])
      await engine.clickhouse.run(statement(into), params, { settings });
  }
  const seconds = (performance.now() - started) / 1_000;
  const processor = processorSeconds(used);
  const { found } = await engine.clickhouse.row<{ found: number }>(peopleCount, { workspace });
  return { seconds, processor, rate: found / seconds };
}
