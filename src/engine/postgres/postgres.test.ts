import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Generated } from 'kysely';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../problem.ts';
import { isAlive } from '../processes.ts';
import { openPostgres, type Postgres } from './index.ts';

const log = pino({ level: 'silent' });
const root = mkdtempSync(join(tmpdir(), 'rapport-postgres-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const postmasterPid = (dataDir: string) =>
  Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);

async function until(condition: () => boolean | Promise<boolean>, ms = 20_000) {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not within ${ms} ms: ${condition}`);
}

const problemOf = async (promise: Promise<unknown>): Promise<Problem> => {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (thrown) => thrown,
  );
  if (error instanceof Problem) return error;
  throw error;
};

describe('an embedded PostgreSQL', () => {
  const dataDir = join(root, 'data');
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await openPostgres({ dataDir, log });
  });
  afterAll(() => postgres.close());

  it('is private: no port, a password in a file of mode 600, no trust', async () => {
    expect(statSync(join(dataDir, 'postgres.password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'postgres')).mode & 0o077).toBe(0);
    const { rows } = await postgres.pool.query(
      `SELECT current_setting('listen_addresses') AS listen, current_setting('fsync') AS fsync,
         current_setting('synchronous_commit') AS commit, (SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules) AS auth`,
    );
    expect(rows[0]).toEqual({
      listen: process.platform === 'win32' ? '127.0.0.1' : '',
      fsync: 'on',
      commit: 'on',
      auth: 'scram-sha-256',
    });
    expect(postgres.describe()).not.toContain(postgres.poolConfig.password);
    expect(postgres.embedded).toBe(true);
    await postgres.ping();
  });

  it('reads bigint as number, numeric as text, days as text, instants as Date', async () => {
    const { rows } = await postgres.pool.query(
      `SELECT 9007199254740991::int8 AS big, ARRAY[1::int8, 2] AS bigs, 1.10::numeric AS exact, DATE '2026-01-31' AS day,
         TIMESTAMPTZ '2026-01-31 12:00+02' AS instant, NULL::int8 AS nothing, count(*) FROM (VALUES (1), (2)) AS two`,
    );
    expect(rows).toEqual([
      {
        big: 9007199254740991,
        bigs: [1, 2],
        exact: '1.10',
        day: '2026-01-31',
        instant: new Date('2026-01-31T10:00:00Z'),
        nothing: null,
        count: 2,
      },
    ]);
  });

  it('is spoken to through Kysely, each room with its own tables', async () => {
    await postgres.pool.query(
      'CREATE TABLE colours (id uuid PRIMARY KEY DEFAULT uuidv7(), name text NOT NULL)',
    );
    const db = postgres.db.withTables<{ colours: { id: Generated<string>; name: string } }>();
    await db.insertInto('colours').values({ name: 'grün' }).execute();
    const names = await db.selectFrom('colours').select(['name']).execute();
    expect(names).toEqual([{ name: 'grün' }]);
  });

  it('survives the loss of all connections, and its own death', async () => {
    await postgres.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = $1',
      ['rapport'],
    );
    await postgres.ping();
    const before = postmasterPid(dataDir);
    process.kill(before, 'SIGKILL');
    await until(() =>
      postgres.ping().then(
        () => postmasterPid(dataDir) !== before,
        () => false,
      ),
    );
    const { rows } = await postgres.pool.query('SELECT count(*) FROM colours');
    expect(rows[0].count).toBe(1);
  });

  it('is gone after close, with a clean shutdown, and closing twice is harmless', async () => {
    const other = await openPostgres({ dataDir: join(root, 'other'), log });
    const pid = postmasterPid(join(root, 'other'));
    await Promise.all([other.close(), other.close()]);
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(join(root, 'other', 'postgres', 'postmaster.pid'))).toBe(false);
    expect(readFileSync(join(root, 'other', 'postgres.log'), 'utf8')).toContain(
      'database system is shut down',
    );
    expect(readdirSync(join(root, 'other')).filter((name) => name.includes('.new'))).toEqual([]);
  });

  it('is stopped in time with a query under way', async () => {
    const other = await openPostgres({ dataDir: join(root, 'other'), log });
    const query = other.pool.query('SELECT pg_sleep(60)').catch((error: Error) => error);
    await until(async () => {
      const { rows } = await other.pool.query(
        `SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND state = 'active'`,
      );
      return rows[0].count > 0;
    });
    const began = performance.now();
    await other.close();
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(await query).toBeInstanceOf(Error);
  });
});

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

describe('trouble at the start', () => {
  it('runs below a directory that only its owner may pass, and with a path too long for a socket', async () => {
    const closed = join(root, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    for (const dataDir of [join(closed, 'data'), join(closed, 'd'.repeat(120))]) {
      const postgres = await openPostgres({ dataDir, log });
      await postgres.ping();
      const socketDir = String(postgres.poolConfig.host);
      await postgres.close();
      if (!socketDir.startsWith(dataDir)) rmSync(socketDir, { recursive: true });
    }
  });

  it('says what PostgreSQL said', async () => {
    const dataDir = join(root, 'broken');
    await (await openPostgres({ dataDir, log })).close();
    writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '99\n');
    const problem = await problemOf(openPostgres({ dataDir, log }));
    expect(problem.code).toBe('postgres_failed');
    expect(problem.message).toMatch(/version 99/);
    expect(problem.hint).toContain(join(dataDir, 'postgres.log'));
    rmSync(join(dataDir, 'postgres.password'));
    expect((await problemOf(openPostgres({ dataDir, log }))).code).toBe('postgres_password');
  });

  it('gives up when told to', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(openPostgres({ dataDir: join(root, 'aborted'), log, signal })).rejects.toThrow('stopped');
  });
});

describe('a server of DATABASE_URL', () => {
  it('names a server that does not answer, without the password, and why', async () => {
    const signal = AbortSignal.timeout(1_000);
    const databaseUrl = 'postgres://someone:hidden@127.0.0.1:1/rapport';
    const lines: string[] = [];
    const warned = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
    await expect(openPostgres({ dataDir: root, databaseUrl, log: warned, signal })).rejects.toThrow();
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join('')).toContain('postgres://someone@127.0.0.1:1/rapport');
    expect(lines.join('')).toContain('ECONNREFUSED');
    expect(lines.join('')).not.toContain('hidden');
  });

  it('is used, and a wrong password is said at once', async () => {
    const own = await openPostgres({ dataDir: join(root, 'server'), log });
    const { host, password } = own.poolConfig;
    const url = (secret: string) => `postgres://rapport:${secret}@localhost/postgres?host=${host}`;
    const postgres = await openPostgres({ dataDir: root, databaseUrl: url(String(password)), log });
    await postgres.ping();
    expect(postgres.embedded).toBe(false);
    expect(postgres.describe()).toBe('postgres://rapport@localhost/postgres');
    await postgres.close();
    await own.ping();
    const problem = await problemOf(openPostgres({ dataDir: root, databaseUrl: url('wrong'), log }));
    expect(problem).toMatchObject({ code: 'postgres_unreachable', status: 503 });
    expect(problem.message).toMatch(/password authentication failed/);
    await own.close();
  });
});

describe('migrations', () => {
  let postgres: Postgres;
  let folder: string;
  beforeAll(async () => {
    postgres = await openPostgres({ dataDir: join(root, 'migrated'), log });
  });
  afterAll(() => postgres.close());
  beforeEach(async () => {
    await postgres.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    folder = mkdtempSync(join(root, 'rooms-'));
  });

  const room = (name: string) => ({ name, folder: pathToFileURL(`${join(folder, name)}/`) });
  function write(name: string, file: string, sql: string) {
    const dir = join(folder, name, 'migrations', 'postgres');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, file), sql);
  }
  const tables = async () =>
    (
      await postgres.pool.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`)
    ).rows.map((row) => row.tablename);

  it('run once each, rooms in order, also when two processes start at once', async () => {
    write(
      'lower',
      '0001_base.sql',
      'CREATE TABLE base (id int PRIMARY KEY); -- first\nINSERT INTO base VALUES (1);',
    );
    write('lower', '0002_more.sql', 'INSERT INTO base VALUES (2)');
    write('a_higher', '0001_refers.sql', 'CREATE TABLE refers (base int REFERENCES base)');
    const rooms = [room('lower'), room('a_higher'), room('without')];
    const second = await openPostgres({ dataDir: root, databaseUrl: urlOf(postgres), log });
    await Promise.all([postgres.migrate(rooms), second.migrate(rooms), postgres.migrate(rooms)]);
    await second.close();
    expect(await tables()).toEqual(['base', 'migrations', 'refers']);
    write('lower', '0003_late.sql', 'INSERT INTO base VALUES (3)');
    await postgres.migrate(rooms);
    expect((await postgres.pool.query('SELECT id FROM base ORDER BY id')).rows).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 3 },
    ]);
  });

  it('refuse a database of a newer version', async () => {
    write('delivery', '0001_emails.sql', 'CREATE TABLE emails (id int)');
    write('delivery', '0002_x.sql', 'CREATE TABLE x (id int)');
    await postgres.migrate([room('delivery')]);
    rmSync(join(folder, 'delivery/migrations/postgres/0002_x.sql'));
    const problem = await problemOf(postgres.migrate([room('delivery')]));
    expect(problem.code).toBe('newer_version');
    expect(problem.message).toContain('delivery/0002_x');
    expect(problem.hint).toContain('--data');
  });

  it('refuse an edited file, and keep nothing of a file that fails, naming its line', async () => {
    write('delivery', '0001_emails.sql', 'CREATE TABLE emails (id int)');
    await postgres.migrate([room('delivery')]);
    write('delivery', '0002_x.sql', 'CREATE TABLE x (id int);\nCREATE TABEL y (id int);');
    const failed = await problemOf(postgres.migrate([room('delivery')]));
    expect(failed.code).toBe('migration_failed');
    expect(failed.message).toMatch(/delivery\/0002_x failed in line 2/);
    expect(await tables()).toEqual(['emails', 'migrations']);
    write('delivery', '0002_x.sql', 'CREATE TABLE x (id int)');
    await postgres.migrate([room('delivery')]);
    write('delivery', '0001_emails.sql', 'CREATE TABLE emails (id text)');
    expect((await problemOf(postgres.migrate([room('delivery')]))).code).toBe('migration_changed');
  });
});

const urlOf = ({ poolConfig }: Postgres) =>
  `postgres://${poolConfig.user}:${poolConfig.password}@localhost/${poolConfig.database}?host=${poolConfig.host}`;
