import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from 'vitest';
import { writeLoyaltyFiles } from './generate.ts';

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
  const rows = await count("SELECT uniqExact(JSONExtractString(message, 'messageId')) AS messages, sum(cityHash64(JSONExtractRaw(message, 'traits')) % 1000) > 0 AS filled FROM messages");
  const errors = (await imports.errors(workspace, id, 0, 10_000)).length;
  await imports.stop();
  await logRoom.stop();
  await closeEngine(engine);
  lock.release();
  say({ done, ...people, ...rows, errors });
`;

function begin(dataDir: string, path: string) {
  const args = ['--input-type=module-typescript', '-e', program, dataDir, path];
  child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return { process: child, lines: createInterface({ input: child.stdout! }) };
}

it('killed again and again, an import ends as if undisturbed', { timeout: 120_000 }, async () => {
  const dataDir = join(folder, 'data');
  const options = {
    out: join(folder, 'files'),
    locations: 1,
    customersPerLocation: 100_000,
    badRows: 50,
    seed: 3,
  };
  const { files } = await writeLoyaltyFiles(options);
  let kills = 0;
  let reached = 0;
  for (let attempt = 0; attempt < 20; attempt++) {
    const { process: running, lines } = begin(dataDir, files[0]!.path);
    const exited = once(running, 'exit');
    let result: Record<string, unknown> | undefined;
    for await (const line of lines) {
      const said = JSON.parse(line);
      if (said.done) result = said;
      else expect(said.rows).toBeGreaterThanOrEqual(reached);
      // Let it get a little further each time, then end it in the middle.
      if (!said.done && kills < 5 && said.rows > reached) {
        reached = said.rows;
        kills++;
        running.kill('SIGKILL');
        break;
      }
    }
    await exited;
    if (!result) continue;
    expect(kills).toBe(5);
    expect(result).toMatchObject({
      done: { status: 'done', rows: 100_050, rows_ok: 100_000, rows_bad: 50 },
      people: 100_000,
      messages: 100_000,
      errors: 50,
    });
    return;
  }
  throw new Error('the import never ended');
});
