import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPostgres, type Postgres } from './index.ts';
import { problemOf } from './testing.ts';

const log = pino({ level: 'silent' });
const root = mkdtempSync(join(tmpdir(), 'rapport-migrate-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

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
