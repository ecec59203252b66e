import {
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
import type { Generated } from 'kysely';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../processes.ts';
import { openPostgres, type Postgres } from './index.ts';
import { postmasterPid, problemOf, until } from './testing.ts';

const log = pino({ level: 'silent' });
const root = mkdtempSync(join(tmpdir(), 'rapport-postgres-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

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

  it('survives the loss of all connections, also in a transaction, and its own death', async () => {
    const client = await postgres.pool.connect();
    await client.query('BEGIN');
    await postgres.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = $1',
      ['rapport'],
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(client.query('SELECT 1')).rejects.toThrow();
    client.release(true);
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
