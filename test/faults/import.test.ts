import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from 'vitest';
import { writeLoyaltyFiles } from '../../src/imports/index.ts';
import { thorough } from '../support/thorough.ts';

const folder = mkdtempSync(join(tmpdir(), 'rapport-kill-'));
const root = new URL('../../', import.meta.url).href;
let child: ChildProcess | undefined;
afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A process of its own: takes the file in unless it was begun before, says how far it is, then counts. */
const program = `
  import { pino } from 'pino';
  import { adhoc, closeEngine, holdDataDir, migrate, openEngine, systemClock } from '${root}src/engine/index.ts';
  import { createLog } from '${root}src/log/index.ts';
  import { createImports } from '${root}src/imports/index.ts';
  const [dataDir, path] = process.argv.slice(1);
  const workspace = '018f3e00-0000-7000-8000-000000000001';
  const lock = holdDataDir(dataDir);
  const log = pino({ level: 'silent' });
  const engine = await openEngine({ dataDir, baseUrl: 'http://127.0.0.1:4100', clock: systemClock, log });
  const logRoom = createLog(engine);
  const imports = createImports(engine, { log: logRoom, access: { workspaces: { get: async () => ({ timezone: 'UTC' }), list: async () => [] } } });
  await migrate(engine, [logRoom, imports]);
  await logRoom.start();
  await imports.start();
  const say = (what) => process.stdout.write(JSON.stringify(what) + '\\n');
  const id = (await imports.list(workspace))[0]?.id ?? (await imports.importFile(workspace, { path, fileName: 'x.csv' })).id;
  const watch = setInterval(async () => say(await imports.get(workspace, id)), 30);
  const done = await imports.wait(workspace, id);
  clearInterval(watch);
  const count = (text) => engine.clickhouse.row(adhoc('count', text), { workspace });
  const people = await count('SELECT count() AS people FROM profiles WHERE workspace = {workspace:UUID}');
  const rows = await count("SELECT uniqExact(JSONExtractString(message, 'messageId')) AS messages FROM messages WHERE workspace = {workspace:UUID}");
  const views = await count('SELECT toString(sum(cityHash64(profile, key, text))) AS digest FROM profile_values WHERE workspace = {workspace:UUID}');
  const errors = (await imports.errors(workspace, id, 0, 10_000)).length;
  await imports.stop();
  await logRoom.stop();
  await closeEngine(engine);
  lock.release();
  say({ done, ...people, ...rows, ...views, errors });
`;

function begin(dataDir: string, path: string) {
  const args = ['--input-type=module-typescript', '-e', program, dataDir, path];
  child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return { process: child, lines: createInterface({ input: child.stdout! }) };
}

const rowsInFile = thorough ? 500_000 : 50_000;
const wanted = thorough ? 10 : 2;
const bad = 50;

/** Runs it to its end, killed so often on the way, each time a little further on. */
async function run(dataDir: string, path: string, kills: number): Promise<Record<string, unknown>> {
  let killed = 0;
  let reached = 0;
  for (let attempt = 0; attempt < kills + 10; attempt++) {
    const { process: running, lines } = begin(dataDir, path);
    const exited = once(running, 'exit');
    let result: Record<string, unknown> | undefined;
    for await (const line of lines) {
      const said = JSON.parse(line);
      if (said.done) result = said;
      else expect(said.rows).toBeGreaterThanOrEqual(reached);
      if (
        !said.done &&
        killed < kills &&
        (said.rows > reached || (killed === 0 && said.status === 'running'))
      ) {
        reached = said.rows;
        killed++;
        running.kill('SIGKILL');
        break;
      }
    }
    await exited;
    if (!result) continue;
    expect(killed).toBe(kills);
    return result;
  }
  throw new Error('the import never ended');
}

it('killed again and again, an import ends as if undisturbed', { timeout: 900_000 }, async () => {
  const out = join(folder, 'files');
  const customersPerLocation = rowsInFile;
  const { files } = await writeLoyaltyFiles({
    out,
    locations: 1,
    customersPerLocation,
    badRows: bad,
    seed: 3,
  });
  const path = files[0]!.path;
  const undisturbed = await run(join(folder, 'undisturbed'), path, 0);
  const disturbed = await run(join(folder, 'disturbed'), path, wanted);
  expect(disturbed).toMatchObject({
    done: { status: 'done', rows: rowsInFile + bad, rows_ok: rowsInFile, rows_bad: bad },
    people: rowsInFile,
    messages: rowsInFile,
    errors: bad,
  });
  expect({ ...disturbed, done: undefined }).toEqual({ ...undisturbed, done: undefined });
});
