import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adhoc } from '../../src/engine/index.ts';
import { createRooms, type Rooms } from '../../src/rooms.ts';
import { openTestEngine, type TestEngine } from '../support/engine.ts';

let t: TestEngine<readonly Rooms['all'][number][]>;
let rooms: Rooms;
beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      rooms = createRooms(engine);
      return rooms.all;
    },
  });
}, 60_000);
afterAll(() => t?.close());

const message = (workspace: string, userId: string, words: object) => ({
  workspace,
  source: 'http',
  receivedAt: t.clock.now(),
  message: JSON.stringify({
    messageId: `${userId} ${JSON.stringify(words)}`,
    timestamp: new Date(t.clock.now().getTime() - 7_200_000).toISOString(),
    userId,
    ...words,
  }),
});

test('an erased person is in no table of any room, and somebody else is where they were', async () => {
  const w = (await rooms.access.workspaces.create('Shop', 'UTC')).id;
  for (const who of ['ann', 'bob']) {
    await rooms.log.append([
      message(w, who, { type: 'identify', traits: { email: `${who}@shop.example`, city: 'Rome' } }),
      message(w, who, { type: 'track', event: 'Order Completed', properties: { revenue: 5 } }),
    ]);
  }
  const rule = { attribute: 'city', operator: 'equals', value: 'Rome' } as const;
  const { id } = await rooms.segments.create(w, { name: 'Romans', rule });
  t.clock.advance(1_000);
  await rooms.segments.recompute(w);
  await rooms.metrics.settle();
  const db = t.engine.postgres.db;
  await sql`
    INSERT INTO mailbox (id, workspace, message_id, profile, "to", "from", subject, html, text, headers, received_at)
    SELECT uuidv7(), ${w}, who, who, who, '', '', '', '', '[]', now() FROM unnest(ARRAY['ann', 'bob']) AS who`.execute(
    db,
  );

  const row = 'import, workspace, line, column_name, value, reason';
  await sql`
    INSERT INTO imports (id, workspace, file_name, bytes, sha256, status, created_at)
    VALUES ('018f3e00-0000-7000-8000-0000000000aa', ${w}, 'customers.csv', 1, '', 'done', now())`.execute(db);
  await sql`
    INSERT INTO import_errors (${sql.raw(row)})
    SELECT '018f3e00-0000-7000-8000-0000000000aa', ${w}, line, 'phone', value, 'is no number'
    FROM unnest(ARRAY['x | ANN@shop.example | Rome', 'bob@shop.example', 'ann', 'anna']) WITH ORDINALITY AS given (value, line)`.execute(
    db,
  );

  const erasure = await rooms.log.erase.person(w, 'ann', 'test');
  await rooms.log.erase.idle();
  expect(await rooms.log.erase.get(w, erasure.id)).toMatchObject({ status: 'done' });
  t.clock.advance(1_000);
  await rooms.metrics.settle();

  const profiles = async (table: string, column: string) =>
    (
      await t.engine.clickhouse.rows<{ who: string }>(
        adhoc('left', `SELECT DISTINCT toString(${column}) AS who FROM ${table} FINAL ORDER BY who`),
      )
    ).map(({ who }) => who);
  const [hash] = await t.engine.clickhouse.rows<{ ann: string; bob: string }>(
    adhoc('hash', "SELECT toString(sipHash64('ann')) AS ann, toString(sipHash64('bob')) AS bob"),
  );
  expect(await profiles('events', 'user_id')).toEqual(['bob']);
  expect(await profiles('people', 'profile')).toEqual(['bob']);
  for (const table of ['person_events', 'profile_attributes', 'profile_places'])
    expect(await profiles(table, 'person'), table).not.toContain(hash!.ann);
  expect(await profiles('sessions', 'person')).toEqual([hash!.bob]);
  for (const table of ['segment_changes', 'messages']) {
    const column = table === 'messages' ? "JSONExtractString(message, 'userId')" : 'profile';
    const rows = await t.engine.clickhouse.rows<{ who: string }>(
      adhoc('left', `SELECT DISTINCT ${column} AS who FROM ${table} ORDER BY who`),
    );
    expect(rows, table).toEqual([{ who: 'bob' }]);
  }
  const members: string[] = [];
  for await (const batch of rooms.segments.membersOf(w, id)) members.push(...batch);
  expect(members).toEqual(['bob']);
  const { rows } = await sql<{ profile: string }>`SELECT profile FROM mailbox`.execute(db);
  expect(rows).toEqual([{ profile: 'bob' }]);
  const samples = await sql<{ value: string }>`SELECT value FROM import_errors ORDER BY line`.execute(db);
  expect(samples.rows).toEqual([{ value: 'bob@shop.example' }, { value: 'anna' }]);
  const receipt = await rooms.log.erase.get(w, erasure.id);
  expect(receipt.removed).toContainEqual({ place: 'import_errors', count: 2 });
  const answer = await rooms.metrics.query(
    { id: w, timezone: 'UTC' },
    {
      question: 'totals',
      metrics: ['people', 'revenue', 'sessions'],
      from: '2026-06-01',
      to: '2026-07-01',
    },
  );
  expect(answer).toMatchObject({ values: { people: 1, revenue: 5, sessions: 1 } });
});
