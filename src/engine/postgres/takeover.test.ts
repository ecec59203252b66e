import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { isAlive } from '../processes.ts';
import { openPostgres } from './index.ts';
import { postmasterPid, until } from './testing.ts';

const log = pino({ level: 'silent' });
const root = mkdtempSync(join(tmpdir(), 'rapport-takeover-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('after kill -9 of the process that started it', () => {
  const dataDir = join(root, 'killed');
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** A process that opens PostgreSQL and writes a row, as Rapport would; resolves with PostgreSQL's process id. */
  async function startInChild(dir: string): Promise<{ child: ChildProcess; pid: number }> {
    const script = `
      import pino from 'pino';
      import { openPostgres } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      const postgres = await openPostgres({ dataDir: process.argv[1], log: pino({ level: 'silent' }) });
      await postgres.pool.query('CREATE TABLE IF NOT EXISTS kept (n int)');
      await postgres.pool.query('INSERT INTO kept VALUES (1)');
      console.log('ready');
      setInterval(() => {}, 1000);`;
    const args = ['--input-type=module', '--eval', script, dir];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: import.meta.dirname,
    });
    children.push(child);
    await once(child.stdout!, 'data');
    return { child, pid: postmasterPid(dir) };
  }

  async function kill(child: ChildProcess) {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  it('is taken over with all that was committed, and stopped by the one who took it over', async () => {
    for (const round of [1, 2]) {
      const { child, pid } = await startInChild(dataDir);
      await kill(child);
      expect(isAlive(pid)).toBe(true);
      const postgres = await openPostgres({ dataDir, log });
      expect(postmasterPid(dataDir)).toBe(pid);
      const { rows } = await postgres.pool.query('SELECT count(*) FROM kept');
      expect(rows[0].count).toBe(round);
      await postgres.close();
      expect(isAlive(pid)).toBe(false);
    }
  });

  it('is stopped and started anew when it does not answer', async () => {
    const { child, pid } = await startInChild(dataDir);
    await kill(child);
    process.kill(pid, 'SIGSTOP');
    setTimeout(() => process.kill(pid, 'SIGCONT'), 3_000);
    const postgres = await openPostgres({ dataDir, log });
    expect(postmasterPid(dataDir)).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
    await postgres.ping();
    await postgres.close();
  });

  it('is stopped and started anew when this program would start it otherwise', async () => {
    const { child, pid } = await startInChild(dataDir);
    await kill(child);
    chmodSync(join(dataDir, 'postgres', 'postmaster.opts'), 0o600);
    writeFileSync(join(dataDir, 'postgres', 'postmaster.opts'), '/old/postgres "-D" "x"\n');
    const postgres = await openPostgres({ dataDir, log });
    expect(postmasterPid(dataDir)).not.toBe(pid);
    await postgres.close();
  });

  it.skipIf(!existsSync('/proc/self/stat'))('leaves a stranger alone who got its process id', async () => {
    const { child, pid } = await startInChild(dataDir);
    await kill(child);
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid));
    // A stranger of the same user as PostgreSQL, before which PostgreSQL itself would give up.
    const { uid, gid } = statSync(join(dataDir, 'postgres'));
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore', uid, gid });
    children.push(stranger);
    const file = join(dataDir, 'postgres', 'postmaster.pid');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(stranger.pid)));
    const postgres = await openPostgres({ dataDir, log });
    await postgres.ping();
    await postgres.close();
    expect(isAlive(stranger.pid!)).toBe(true);
  });

  it('of a process killed while it made the cluster, the next start makes a whole one', async () => {
    for (const ms of [50, 200, 350]) {
      const dir = join(root, `half-${ms}`);
      const script = `
        import pino from 'pino';
        import { openPostgres } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
        console.log('go');
        await openPostgres({ dataDir: process.argv[1], log: pino({ level: 'silent' }) });`;
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script, dir], {
        stdio: ['ignore', 'pipe', 'inherit'],
        cwd: import.meta.dirname,
      });
      children.push(child);
      await once(child.stdout!, 'data');
      await new Promise((resolve) => setTimeout(resolve, ms));
      await kill(child);
      const postgres = await openPostgres({ dataDir: dir, log });
      await postgres.ping();
      await postgres.close();
      expect(readdirSync(dir).filter((name) => name.includes('.new'))).toEqual([]);
    }
  });
});
