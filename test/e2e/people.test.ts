import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRooms, type Rooms } from '../../src/rooms.ts';
import { openTestEngine, type TestEngine } from '../support/engine.ts';
import { until } from '../support/poll.ts';

/** What upper rooms tell of a person, in the answer about them and in what is exported. */
let t: TestEngine<readonly Rooms['all'][number][]>;
let rooms: Rooms;
let w: string;
beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      rooms = createRooms(engine);
      return rooms.all;
    },
  });
  w = (await rooms.access.workspaces.create('Shop', 'UTC')).id;
}, 60_000);
afterAll(() => t?.close());

const say = (fields: object) =>
  rooms.log.append([
    {
      workspace: w,
      source: 'http',
      receivedAt: t.clock.now(),
      message: JSON.stringify({ messageId: randomUUID(), timestamp: t.clock.now().toISOString(), ...fields }),
    },
  ]);

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

test('segments, campaigns, connections and emails are with the person, under every id, and in the export', async () => {
  for (const who of ['ann', 'bob']) {
    await say({ type: 'identify', userId: who, traits: { email: `${who}@shop.example`, city: 'Rome' } });
  }
  const rule = { attribute: 'city', operator: 'equals', value: 'Rome' } as const;
  const segment = await rooms.segments.create(w, { name: 'Romans', rule });
  t.clock.advance(1_000);
  await rooms.segments.recompute(w);
  const definition = {
    entry: { segments: [segment.id] },
    steps: [
      { id: 'hello', type: 'email', subject: 'Hello', html: '<p>Hi</p>' },
      { id: 'rest', type: 'wait', seconds: 3_600 },
      { id: 'again', type: 'email', subject: 'Again', html: '<p>Hi</p>' },
    ],
  };
  const campaign = await rooms.campaigns.create(w, { name: 'Welcome', definition });
  await rooms.campaigns.startCampaign(w, campaign.id);
  // The background may be at it at the same time.
  await until('the first emails', async () => {
    await rooms.campaigns.drain();
    await rooms.delivery.drain();
    return (await rooms.delivery.totals(w)).sent === 2;
  });
  await sql`
    WITH made AS (
      INSERT INTO connections (workspace, name, kind, account, every_seconds, next_run_at, created_at, updated_at, paused)
      VALUES (${w}, 'Friends', 'mailchimp', '', 3600, now(), now(), now(), true) RETURNING id)
    INSERT INTO connection_records (connection, record, hash, profile, listed, attributes, applied_at)
    SELECT id, 'c17', '', 'ann', true, '{}', ${t.clock.now()} FROM made`.execute(t.engine.postgres.db);

  const entered = t.clock.now().getTime();
  const expected = {
    segments: [{ id: segment.id, name: 'Romans' }],
    campaigns: [
      {
        ...{ id: campaign.id, name: 'Welcome', status: 'running', state: 'active' },
        step: { number: 2, of: 3, type: 'wait' },
        entered_at: new Date(entered).toISOString(),
        due_at: new Date(entered + 3_600_000).toISOString(),
        ended_at: null,
      },
    ],
    connections: [{ name: 'Friends', record: 'c17', listed: true, as_of: t.clock.now().toISOString() }],
  };
  const person = await rooms.profiles.get(w, 'ann');
  expect(person).toMatchObject({ ...expected, emails: [{ subject: 'Hello', status: 'sent' }] });

  // What came under an id that is the person's no longer by itself is theirs still.
  t.clock.advance(1_000);
  await say({ type: 'alias', userId: 'anna', previousId: 'ann' });
  const { id, campaigns, connections, emails } = await rooms.profiles.get(w, 'ann');
  expect([id, campaigns.length, connections.length, emails.length]).toEqual(['anna', 1, 1, 1]);

  const held = JSON.parse(await textOf(await rooms.profiles.export(w, 'ann')));
  expect(held).toMatchObject({
    id: 'anna',
    campaigns: expected.campaigns,
    connections: expected.connections,
    emails: [{ subject: 'Hello', html: '<p>Hi</p>', address: 'ann@shop.example' }],
    suppressions: [],
  });

  const table = await textOf(await rooms.profiles.csv(w, { segment: segment.id, column: 'email' }));
  expect(table.split('\r\n').map((line) => line.split(',').at(-1))).toEqual([
    'email',
    'bob@shop.example',
    '',
  ]);
  await expect(rooms.profiles.csv(w, { segment: randomUUID() })).rejects.toMatchObject({ status: 404 });
});
