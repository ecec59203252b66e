import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startClickHouseFront } from '../../../test/support/clickhouse-front.ts';
import { adhoc, type ClickHouse, checkStatements, migrateClickHouse, openClickHouse } from './index.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'rapport-server-'));
const log = pino({ level: 'silent' });
const logRoom = { name: 'log', folder: new URL('../../log/', import.meta.url) };
let front: Awaited<ReturnType<typeof startClickHouseFront>>;
let clickhouse: ClickHouse;
beforeAll(async () => {
  front = await startClickHouseFront(dataDir);
  clickhouse = await openClickHouse({ dataDir, url: `${front.url}/rapport`, log });
});
afterAll(async () => {
  await clickhouse?.close();
  await front?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test('a server is migrated, written and read through the same face as the embedded engine', async () => {
  await migrateClickHouse(clickhouse, [logRoom]);
  await migrateClickHouse(clickhouse, [logRoom]);
  await checkStatements(clickhouse);
  const workspace = '018f3e00-0000-7000-8000-000000000001';
  const row = {
    workspace,
    received_at: '2026-06-01T00:00:00.123Z',
    sent_at: 0,
    source: 'http',
    message: { a: "it's" },
  };
  await clickhouse.insert('messages', Object.keys(row), Buffer.from(`${JSON.stringify(row)}\n`));
  const asked = await clickhouse.rows(
    adhoc(
      'read',
      'SELECT message, toString(received_at) AS at FROM messages WHERE workspace = {workspace:UUID}',
    ),
    { workspace },
  );
  expect(asked).toEqual([{ message: '{"a":"it\'s"}', at: '2026-06-01 00:00:00.123' }]);
  let rows = 0;
  for await (const batch of clickhouse.stream(adhoc('many', 'SELECT number FROM numbers(100000)')))
    rows += batch.length;
  expect(rows).toBe(100_000);
});

test('an error of the server keeps its code', async () => {
  await expect(clickhouse.rows(adhoc('wrong', 'SELECT nothing'))).rejects.toMatchObject({ code: '47' });
});

test('a database of a newer version is refused with its name', async () => {
  await clickhouse.run(adhoc('future', "INSERT INTO migrations SELECT 'log', '9999_future', 0, '', now()"));
  await expect(migrateClickHouse(clickhouse, [logRoom])).rejects.toMatchObject({
    code: 'newer_version',
    message: expect.stringContaining('log/9999_future'),
  });
});

test('a server that does not answer is named, without its password', async () => {
  const stopped = AbortSignal.abort();
  const url = 'http://user:hush@127.0.0.1:9/rapport';
  const opening = openClickHouse({ dataDir, url, log, signal: stopped });
  await expect(opening).rejects.toMatchObject({ code: 'clickhouse_unreachable' });
  await expect(opening).rejects.not.toThrow(/hush/);
});
