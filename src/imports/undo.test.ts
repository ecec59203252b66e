import { afterAll, beforeAll, expect, it } from 'vitest';
import { adhoc } from '../engine/index.ts';
import { freshWorkspace, type ImportsHouse, openImports } from './imports.testing.ts';

let house: ImportsHouse;
beforeAll(async () => {
  house = await openImports();
});
afterAll(() => house.close());

const lines = (...all: object[]) => all.map((one) => JSON.stringify(one)).join('\n');

/** Everything the views say of a workspace, but for what says only when it was noted. */
async function state(workspace: string) {
  await house.below.log.processed();
  const rows = (name: string, text: string) => house.engine.clickhouse.rows(adhoc(name, text), { workspace });
  const of = 'WHERE workspace = {workspace:UUID}';
  return {
    people: await house.people(workspace),
    profiles: await rows(
      't_profiles',
      `SELECT profile, toString(first_seen), toString(last_seen) FROM profiles ${of} ORDER BY profile`,
    ),
    events: await rows(
      't_events',
      `SELECT profile, name, message_id, toString(time) FROM profile_events ${of} ORDER BY message_id`,
    ),
    personEvents: await rows(
      't_pe',
      `SELECT name, person, message FROM person_events FINAL ${of} ORDER BY ALL`,
    ),
    texts: await rows('t_texts', `SELECT person, text FROM people_texts FINAL ${of} ORDER BY ALL`),
    places: await rows(
      't_places',
      `SELECT place, person, belongs FROM profile_places FINAL ${of} ORDER BY ALL`,
    ),
    links: await rows('t_links', `SELECT from_id, to_id FROM identity_links ${of} ORDER BY ALL`),
    owners: await rows(
      't_owners',
      `SELECT from_person, to_person FROM identity_owners FINAL ${of} ORDER BY ALL`,
    ),
    messages: await rows('t_messages', `SELECT source, message FROM messages ${of} ORDER BY ALL`),
  };
}

const at = (minute: number) => `2026-06-01T12:${String(minute).padStart(2, '0')}:00.000Z`;
const before = lines(
  {
    type: 'identify',
    messageId: 'b1',
    userId: 'ann',
    traits: { town: 'Rome', store_location: 'North' },
    timestamp: at(1),
  },
  { type: 'track', messageId: 'b2', anonymousId: 'cookie', event: 'Visit', timestamp: at(2) },
  {
    type: 'identify',
    messageId: 'b3',
    userId: 'bob',
    anonymousId: 'cookie',
    traits: { town: 'Bonn' },
    timestamp: at(3),
  },
  { type: 'track', messageId: 'b4', userId: 'ann', event: 'Visit', timestamp: at(4) },
  { type: 'identify', messageId: 'b5', userId: 'eve', traits: { town: 'Kyiv' }, timestamp: at(4) },
);
const wrong = lines(
  {
    type: 'identify',
    messageId: 'w1',
    userId: 'ann',
    traits: { town: 'WRONG', more: 1, store_location: 'South' },
    timestamp: at(10),
  },
  { type: 'identify', messageId: 'w2', userId: 'new', traits: { town: 'x' }, timestamp: at(10) },
  { type: 'track', messageId: 'w3', userId: 'ann', event: 'Wrong', timestamp: at(11) },
  // The same event once more, and the device of one linked to another.
  { type: 'track', messageId: 'b4', userId: 'ann', event: 'Visit', timestamp: at(4) },
  { type: 'identify', messageId: 'w4', userId: 'dan', anonymousId: 'cookie', traits: {}, timestamp: at(12) },
  { type: 'alias', messageId: 'w5', userId: 'eve', previousId: 'ann', timestamp: at(13) },
);

it('leaves everything as if the file had never come', async () => {
  const workspace = freshWorkspace();
  await house.take(before, workspace);
  const expected = await state(workspace);
  house.clock.advance(60_000);
  const imported = await house.take(wrong, workspace);
  expect((await house.people(workspace)).eve).toMatchObject({ town: 'WRONG' });
  house.clock.advance(60_000);
  await house.imports.undo(workspace, imported.id);
  expect(await house.imports.wait(workspace, imported.id)).toMatchObject({
    status: 'undone',
    rows_ok: 0,
    rows: 6,
  });
  expect(await state(workspace)).toEqual(expected);
  await expect(house.imports.undo(workspace, imported.id)).rejects.toMatchObject({ status: 409 });
  // It may come again.
  expect(await house.take(wrong, workspace)).toMatchObject({
    status: 'done',
    duplicate_of: null,
    rows_ok: 6,
  });
});

it('goes on after a kill, wherever it was', async () => {
  const workspace = freshWorkspace();
  await house.take(before, workspace);
  const expected = await state(workspace);
  const { id } = await house.take(wrong, workspace);
  const { clickhouse } = house.engine;
  const { run } = clickhouse;
  // Each statement of it is the last one before a kill.
  for (let left = 1; ; left++) {
    let count = 0;
    clickhouse.run = async (...given: Parameters<typeof run>) => {
      if (given[0].name.startsWith('undo_') && ++count > left) throw new Error('killed');
      return run.apply(clickhouse, given);
    };
    try {
      await house.below.log.takeBack(workspace, `import:${id}`);
      break;
    } catch (error) {
      expect((error as Error).message).toBe('killed');
    } finally {
      clickhouse.run = run;
    }
  }
  expect(await state(workspace)).toEqual(expected);
});

it('is refused where there is nothing to take back', async () => {
  const workspace = freshWorkspace();
  const first = await house.take(before, workspace);
  const again = await house.take(before, workspace);
  await expect(house.imports.undo(workspace, again.id)).rejects.toMatchObject({ code: 'nothing_to_undo' });
  await expect(house.imports.undo(freshWorkspace(), first.id)).rejects.toMatchObject({ status: 404 });
});
