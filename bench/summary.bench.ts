import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { table } from '../src/cli/output.ts';
import { adhoc, openScratchClickHouse } from '../src/engine/index.ts';
import { compareSummaries, writeActivity } from '../src/summary/index.ts';

const sizes = [
  { name: '1', seed: 1560981440, count: 20, attrs: 5, events: 500, maxevents: 5, dupes: 20, anon: 500 },
  {
    name: '2',
    seed: 1560980000,
    count: 10_000,
    attrs: 20,
    events: 300_000,
    maxevents: 500,
    dupes: 10,
    anon: 500,
  },
  {
    name: '3',
    seed: 1560000000,
    count: 1_000_000,
    attrs: 10,
    events: 5_000_000,
    maxevents: 10,
    dupes: 20,
    anon: 500,
  },
];
const cache = join(tmpdir(), 'rapport-bench-summary');
const command = fileURLToPath(new URL('../bin/rapport.js', import.meta.url));
/** What the engine makes of each line's fields, and nothing else: the limit. */
const rawParse = adhoc(
  'raw_parse',
  `SELECT count(id), count(type), count(name), count(user_id), count(data), count(timestamp)
   FROM (SELECT *, ignore(*) AS used FROM file({path:String}, 'JSONEachRow',
     'id String, type String, name String, user_id String, data Map(String, String), timestamp String') WHERE NOT used)`,
);

/** Seconds, rate and memory of both solutions, beside sha256 and the engine's own parsing of the same file in the same run. */
export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rapport-bench-'));
  const rows: (string | number)[][] = [
    ['size', 'lines', 'MB', 'solution', 'seconds', 'MB/s', 'peak MB', '× sha256', '× raw parse', 'right'],
  ];
  try {
    for (const size of sizes) {
      const { input, expected } = generated(size);
      const megabytes = statSync(input).size / 1e6;
      // Twice, so that the file is cached for all that is measured.
      await sha256(input);
      const sha = await sha256(input);
      const raw = await parseAll(folder, input);
      for (const solution of ['default', 'simple']) {
        const out = join(folder, `${solution}.txt`);
        const report = await summarized(input, out, solution === 'simple');
        if ('failed' in report) {
          rows.push([size.name, '', megabytes.toFixed(1), solution, report.failed, '', '', '', '', '']);
          continue;
        }
        const { total } = await compareSummaries(expected, out);
        const { seconds } = report;
        rows.push([
          size.name,
          report.lines,
          megabytes.toFixed(1),
          solution,
          seconds.toFixed(1),
          (megabytes / seconds).toFixed(0),
          Math.round(report.peak_memory_bytes / 1e6),
          (seconds / sha).toFixed(1),
          (seconds / raw).toFixed(1),
          total === 0 ? 'yes' : `${total} lines differ`,
        ]);
      }
      console.log(
        `size ${size.name}: sha256 ${sha.toFixed(2)} s, raw parse ${raw.toFixed(2)} s, load ${loadavg()[0]?.toFixed(1)}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(
    `\n${cpus().length} cores (${cpus()[0]?.model}), load ${loadavg()[0]?.toFixed(1)} at the end\n`,
  );
  console.log(table(rows));
}

function generated(size: (typeof sizes)[number]) {
  mkdirSync(cache, { recursive: true });
  const input = join(cache, `activity-${size.name}.jsonl`);
  const expected = join(cache, `expected-${size.name}.txt`);
  if (!existsSync(input)) {
    writeActivity({ ...size, out: `${input}.new`, verify: expected });
    renameSync(`${input}.new`, input);
  }
  return { input, expected };
}

const program = 'sha256sum';

async function sha256(path: string): Promise<number> {
  const started = performance.now();
  if (spawnSync(program, [path]).status === 0) return (performance.now() - started) / 1_000;
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1_048_576 }))
    hash.update(piece as Buffer);
  hash.digest();
  return (performance.now() - started) / 1_000;
}

let opened: Awaited<ReturnType<typeof openScratchClickHouse>> | undefined;

async function parseAll(folder: string, path: string): Promise<number> {
  opened ??= await openScratchClickHouse({
    path: join(folder, 'raw'),
    memory: 2_000_000_000,
    log: pino({ level: 'error' }),
  });
  const started = performance.now();
  await opened.rows(rawParse, { path }, { settings: { max_threads: cpus().length } });
  return (performance.now() - started) / 1_000;
}

interface Report {
  lines: number;
  seconds: number;
  peak_memory_bytes: number;
}

/** In a process of its own, since what counts is the memory of the whole process. */
async function summarized(input: string, out: string, simple: boolean): Promise<Report | { failed: string }> {
  // All in memory, size 3 needs more than the heap Node.js takes by itself.
  const heap = simple ? { NODE_OPTIONS: '--max-old-space-size=16000' } : {};
  const child = spawn(
    process.execPath,
    [command, 'summarize', input, '--out', out, '--json', ...(simple ? ['--simple'] : [])],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...heap } },
  );
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0 ? (JSON.parse(text) as Report) : { failed: `exit ${code}` };
}
