import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRooms, type Rooms } from '../../src/rooms.ts';
import { openTestEngine, type TestEngine } from '../support/engine.ts';

/** What people hear of accounts that emails go out through. */
let t: TestEngine<Rooms['all']>;
let rooms: Rooms;
let workspace: string;

beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      rooms = createRooms(engine);
      return rooms.all;
    },
  });
  workspace = (await rooms.access.workspaces.create('Shop', 'UTC')).id;
}, 60_000);
afterAll(() => t?.close());

test('an account that its provider refuses is told of once, and when it is well again; one that a person paused is not', async () => {
  const { account } = await rooms.delivery.sender(workspace);
  const { pool } = t.engine.postgres;
  const set = (status: string, by: string | null, reason: string | null) =>
    pool.query('UPDATE accounts SET status = $2, paused_by = $3, paused_reason = $4 WHERE id = $1', [
      ...[account, status, by, reason],
    ]);
  const told = async () => {
    t.clock.advance(60_000);
    await rooms.alerts.lookNow();
    return (await rooms.alerts.incidents(workspace, true)).map(({ watch, message }) => ({ watch, message }));
  };
  await told();
  await set('paused', 'person', 'Paused by a person.');
  expect(await told()).toEqual([]);
  await set('paused', 'provider', '535 Authentication failed');
  expect(await told()).toEqual([{ watch: 'email account', message: '535 Authentication failed' }]);
  expect(await told()).toHaveLength(1);
  await set('active', null, null);
  for (let n = 0; n < 20; n++) await told();
  expect(await told()).toEqual([]);
});
