import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import { createLog } from '../log/index.ts';
import { createProfiles } from '../profiles/index.ts';
import { createDelivery, eraseFromDelivery, exportEmailsOf } from './index.ts';
import { createSuppressions } from './suppressions.ts';
import type { DeliveryTables } from './tables.ts';

const open = async () => {
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      eraseFromDelivery(engine, log);
      exportEmailsOf(engine, profiles);
      return [log, profiles, createDelivery(engine, { log, profiles }, { background: false })] as const;
    },
  });
  const [log, profiles, delivery] = t.rooms;
  const db = t.engine.postgres.db.withTables<DeliveryTables>();
  return { ...t, log, profiles, delivery, db, suppressions: createSuppressions(t.engine, db) };
};
let t: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  t = await open();
});
afterAll(() => t?.close());

const identify = (userId: string, email: string, more: object = {}) => {
  t.clock.advance(1_000);
  return t.log.append([
    {
      workspace: t.workspace,
      source: 'http',
      receivedAt: t.clock.now(),
      message: JSON.stringify({
        type: 'identify',
        messageId: randomUUID(),
        userId,
        traits: { email },
        timestamp: t.clock.now().toISOString(),
        ...more,
      }),
    },
  ]);
};

async function write(...people: string[]): Promise<Record<string, string>> {
  const { delivery, db, workspace } = t;
  const campaign = randomUUID();
  const sender = await delivery.sender(workspace);
  await db.transaction().execute(async (trx) => {
    const template = await delivery.saveTemplate(trx, workspace, { subject: 'Hello', html: '<p>Hi</p>' });
    const letter = { workspace, campaign, campaignName: 'Test', step: 'one', sender, template };
    await delivery.queueEmails(trx, { ...letter, at: t.clock.now() }, people.sort());
  });
  await delivery.drain();
  const rows = await db
    .selectFrom('emails')
    .select(['profile', 'status'])
    .where('campaign', '=', campaign)
    .execute();
  return Object.fromEntries(rows.map(({ profile, status }) => [profile, status]));
}

async function erase(person: string): Promise<Record<string, number>> {
  const { id } = await t.log.erase.person(t.workspace, person, 'test');
  await t.log.erase.idle();
  const { status, removed } = await t.log.erase.get(t.workspace, id);
  expect(status).toBe('done');
  return Object.fromEntries(removed.map(({ place, count }) => [place, count]));
}

const suppressed = async (search: string) =>
  (await t.suppressions.list(t.workspace, { search, limit: 10 })).items.map(({ address, reason }) => [
    address,
    reason,
  ]);

test('nobody writes to an address of the erased, known by another id, written otherwise, or had before', async () => {
  await identify('ann', 'first@shop.example');
  await identify('ann', 'Second@shop.example');
  expect(await write('ann')).toEqual({ ann: 'sent' });
  await identify('ann', ' third@shop.example');
  await identify('bob', 'bob@shop.example');
  await t.suppressions.add(t.workspace, 'Second@shop.example', 'bounce');
  await t.suppressions.add(t.workspace, 'bob@shop.example', 'manual');

  await sql`
    INSERT INTO email_happenings (email, key, kind, at, machine, reason, permanent)
    SELECT id, 'b', 'bounced', now(), false, '<second@shop.example> is full', false FROM emails`.execute(
    t.db,
  );

  expect(await erase('ann')).toMatchObject({ emails: 1, mailbox: 1, suppressions: 1 });
  expect(await t.db.selectFrom('email_happenings').selectAll().execute()).toEqual([]);
  const { rows } = await sql<{ row: unknown }>`SELECT to_jsonb(s) AS row FROM suppressions AS s`.execute(
    t.db,
  );
  expect(rows).toHaveLength(4);
  expect(JSON.stringify(rows)).not.toMatch(/first|second|third/i);

  await identify('one', 'FIRST@shop.example');
  await identify('two', 'second@shop.example');
  await identify('three', 'third@shop.example');
  await identify('four', 'fourth@shop.example');
  expect(await write('one', 'two', 'three', 'four')).toEqual({
    one: 'suppressed',
    two: 'suppressed',
    three: 'suppressed',
    four: 'sent',
  });
  // Another workspace's hash is another.
  const [other] = ['018f3e00-0000-7000-8000-0000000000ee'];
  expect(await t.suppressions.of(other, ['first@shop.example'])).toEqual([]);
});

test('a hash is found by the whole address, is not replaced by it, and stays', async () => {
  expect(await suppressed('second')).toEqual([]);
  expect(await suppressed('SECOND@shop.example')).toEqual([[null, 'erased']]);
  const { id, address } = await t.suppressions.add(t.workspace, 'second@shop.example', 'manual');
  expect(address).toBeNull();
  expect(await suppressed('second@shop.example')).toEqual([[null, 'erased']]);
  await expect(t.suppressions.remove(t.workspace, id)).rejects.toMatchObject({ status: 409, code: 'erased' });
  await expect(t.suppressions.remove(t.workspace, randomUUID())).rejects.toMatchObject({ status: 404 });
  const [bob] = await t.suppressions.of(t.workspace, ['BOB@shop.example']);
  await t.suppressions.remove(t.workspace, bob!.id);
  expect(await suppressed('bob')).toEqual([]);
});

test('an id that is an address is one, though no attribute says so; asked again, it is as it was', async () => {
  await identify('carl@shop.example', '', { traits: { city: 'Rome' } });
  expect(await erase('carl@shop.example')).toMatchObject({ suppressions: 0 });
  expect(await suppressed('carl@shop.example')).toEqual([[null, 'erased']]);
  await erase('carl@shop.example');
  expect(await suppressed('carl@shop.example')).toEqual([[null, 'erased']]);
});

test('what is exported of a person has their emails, all they say, and what is suppressed', async () => {
  await identify('dora', 'dora@shop.example');
  await identify('dora2', 'dora@shop.example', { type: 'alias', userId: 'dora', previousId: 'dora2' });
  for (let n = 0; n < 102; n++) {
    await sql`
      INSERT INTO emails (id, workspace, campaign, campaign_name, profile, step, account, template, message_id, status,
                          next_attempt_at, queued_at)
      SELECT uuidv7(), ${t.workspace}, uuidv7(), 'Many', ${n % 2 ? 'dora' : 'dora2'}, 'one', id, '', ${`<${n}>`}, 'cancelled',
             now(), now()
      FROM accounts WHERE workspace = ${t.workspace} LIMIT 1`.execute(t.db);
  }
  expect(await write('dora')).toEqual({ dora: 'sent' });
  await t.suppressions.add(t.workspace, 'dora@shop.example', 'complaint');
  await sql`
    INSERT INTO email_happenings (email, key, kind, at, machine, url, permanent)
    SELECT id, 'c', 'clicked', now(), false, 'https://shop.example/', false FROM emails
    WHERE workspace = ${t.workspace} AND status = 'sent' AND profile = 'dora'`.execute(t.db);
  let text = '';
  for await (const piece of await t.profiles.export(t.workspace, 'dora2')) text += piece;
  const held = JSON.parse(text);
  expect(held.emails).toHaveLength(103);
  expect(new Set(held.emails.map(({ id }: { id: string }) => id)).size).toBe(103);
  expect(held.emails[0]).toMatchObject({ address: 'dora@shop.example', subject: 'Hello', html: '<p>Hi</p>' });
  expect(held.emails[0].happenings).toMatchObject([{ kind: 'clicked', url: 'https://shop.example/' }]);
  expect(held.suppressions).toMatchObject([{ address: 'dora@shop.example', reason: 'complaint' }]);
});
