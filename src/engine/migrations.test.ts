import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrationsOf } from './migrations.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rapport-migrations-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('reads the files of the rooms in order, for one engine', () => {
  for (const [file, text] of [
    ['b/migrations/postgres/0002_two.sql', 'SELECT 2'],
    ['b/migrations/postgres/0001_one.sql', 'SELECT\r\n1'],
    ['b/migrations/postgres/notes.txt', 'no'],
    ['b/migrations/clickhouse/0001_other.sql', 'SELECT 3'],
    ['a/migrations/postgres/0001_a.sql', 'SELECT\n1'],
  ] as const) {
    mkdirSync(join(dir, file, '..'), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  mkdirSync(join(dir, 'empty'));
  const rooms = ['b', 'empty', 'a'].map((name) => ({ name, folder: pathToFileURL(join(dir, name)) }));
  const found = migrationsOf(rooms, 'postgres');
  expect(found.map(({ room, name, sql }) => [room, name, sql])).toEqual([
    ['b', '0001_one', 'SELECT\n1'],
    ['b', '0002_two', 'SELECT 2'],
    ['a', '0001_a', 'SELECT\n1'],
  ]);
  expect(found[0]!.checksum).toBe(found[2]!.checksum);
  expect(found[0]!.checksum).toMatch(/^[0-9a-f]{64}$/);
});
