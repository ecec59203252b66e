import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import { received } from '../../test/support/received.ts';
import { createLog } from '../log/index.ts';
import { createProfiles } from '../profiles/index.ts';
import { type Happening, noteHappenings } from './happenings.ts';
import { createDelivery } from './index.ts';
import { claim, settle, takeBack } from './ledger.ts';
import { happeningKinds } from './schema.ts';
import type { DeliveryTables } from './tables.ts';
import { createUnsubscribing } from './unsubscribe.ts';

const open = async () => {
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      return [log, profiles, createDelivery(engine, { log, profiles }, { background: false })] as const;
    },
  });
  const [, profiles, delivery] = t.rooms;
  const db = t.engine.postgres.db.withTables<DeliveryTables>();
  const unsubscribing = createUnsubscribing(t.engine, db, profiles);
  return { ...t, db, delivery, unsubscribing };
};
let t: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  t = await open();
});
afterAll(() => t?.close());

const note = (happenings: Happening[]) => noteHappenings(t, happenings);

async function queued(people: number, campaign: string = randomUUID()) {
  const { account, domain } = await t.delivery.sender(t.workspace);
  await t.db.transaction().execute(async (trx) => {
    const letter = {
      workspace: t.workspace,
      campaign,
      campaignName: 'Test',
      step: 'one',
      sender: { account, domain },
      template: await t.delivery.saveTemplate(trx, t.workspace, { subject: 'Hello', html: '<p>Hello</p>' }),
    };
    const profiles = Array.from({ length: people }, () => `p-${randomUUID()}`).sort();
    await t.delivery.queueEmails(trx, { ...letter, at: t.clock.now() }, profiles);
  });
  return { campaign, account };
}

const rowsOf = (campaign: string) =>
  t.db.selectFrom('emails').selectAll().where('campaign', '=', campaign).orderBy('id').execute();

/** Emails that were sent, with an address of their own each. */
async function sent(people: number) {
  const { campaign, account } = await queued(people);
  await sql`
    UPDATE emails SET status = 'sent', sent_at = ${t.clock.now()}, attempts = 1, address = 'a-' || id || '@example.com'
    WHERE campaign = ${campaign}`.execute(t.db);
  const ids = (await rowsOf(campaign)).map(({ id }) => id);
  return { campaign, account, ids };
}

const at = (seconds: number) => new Date(t.clock.now().getTime() + seconds * 1_000);

async function columnsOf(campaign: string) {
  const rows = await rowsOf(campaign);
  return rows.map((row) => [
    ...[row.status, row.delivered_at, row.opened_at, row.opened_by_machine_at, row.clicked_at],
    ...[row.bounced_at, row.bounce_permanent, row.bounce_reason, row.complained_at],
  ]);
}

const tell = async () => {
  await t.delivery.drain();
  await t.rooms[0].processed();
  return received(t.engine, t.workspace);
};

describe('happenings', () => {
  test('in any order, any number of times and in any groups come to the same', async () => {
    const one = fc.record({
      email: fc.nat({ max: 2 }),
      kind: fc.constantFrom(...happeningKinds),
      seconds: fc.nat({ max: 5 }),
      machine: fc.boolean(),
      permanent: fc.boolean(),
      reason: fc.constantFrom('full', 'unknown', undefined),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { maxLength: 12 }).chain((told) =>
          fc.tuple(
            fc.constant(told),
            fc.array(
              fc.array(told.length > 0 ? fc.nat({ max: told.length - 1 }) : fc.constant(0), {
                maxLength: 6,
              }),
              { maxLength: 8 },
            ),
          ),
        ),
        async ([told, groups]) => {
          const mixed = await sent(3);
          const plain = await sent(3);
          const happening = (ids: string[], index: number): Happening => {
            const { email, seconds, ...rest } = told[index]!;
            return { ...rest, email: ids[email]!, at: at(seconds), key: `k${index}` };
          };
          let fresh = 0;
          if (told.length > 0) {
            for (const group of groups)
              fresh += await note(group.map((index) => happening(mixed.ids, index)));
            // Whoever was not told yet; backwards.
            fresh += await note(told.map((_, index) => happening(mixed.ids, index)).reverse());
          }
          const inOrder = told.map((_, index) => index).sort((a, b) => told[a]!.seconds - told[b]!.seconds);
          for (const index of inOrder) expect(await note([happening(plain.ids, index)])).toBe(1);
          expect(fresh).toBe(told.length);
          expect(await columnsOf(mixed.campaign)).toEqual(await columnsOf(plain.campaign));
        },
      ),
      { numRuns: 40 },
    );
    await sql`DELETE FROM email_results`.execute(t.db);
  });

  test('told at once by several do not stop each other, and are counted once', async () => {
    const { ids, campaign } = await sent(20);
    const all = ids.flatMap((email) =>
      happeningKinds.map((kind) => ({ email, kind, at: at(1), key: kind, permanent: true })),
    );
    const counts = await Promise.all([
      note(all),
      note([...all].reverse()),
      note(all.slice(30)),
      note(all.slice(0, 60)),
    ]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(all.length);
    expect((await t.delivery.countEmails(campaign)).get('one')).toMatchObject({
      ...{ sent: 20, delivered: 0, opened: 20, clicked: 20, bounced: 20, complained: 20 },
    });
  });

  test('of emails nobody knows are passed over', async () => {
    expect(await note([{ email: randomUUID(), kind: 'delivered', at: at(0), key: 'x' }])).toBe(0);
  });

  test('become events of the person, machines left out', async () => {
    const { ids } = await sent(1);
    const email = ids[0]!;
    const told: Happening[] = [
      { email, kind: 'delivered', at: at(1), key: 'd' },
      { email, kind: 'opened', at: at(2), key: 'scanner', machine: true },
      { email, kind: 'clicked', at: at(3), key: 'c1', url: 'https://shop.example/?a=1' },
      { email, kind: 'clicked', at: at(4), key: 'c2', url: 'https://shop.example/?a=2' },
      { email, kind: 'bounced', at: at(5), key: 'b', reason: 'auto\0matic', permanent: false },
      { email, kind: 'complained', at: at(6), key: 'x'.repeat(500) },
    ];
    await note(told);
    await note(told);
    const events = (await tell()).filter(({ message }) => message.properties?.email_id === email);
    expect(events.map(({ message }) => [message.event, message.timestamp])).toEqual([
      ['Email Delivered', at(1).toISOString()],
      ['Email Link Clicked', at(3).toISOString()],
      ['Email Link Clicked', at(4).toISOString()],
      ['Email Bounced', at(5).toISOString()],
      ['Email Marked as Spam', at(6).toISOString()],
    ]);
    expect(events[2]!.message.properties).toMatchObject({
      link_url: 'https://shop.example/?a=2',
      campaign_name: 'Test',
    });
    expect(events[3]!.message.properties).toMatchObject({ reason: 'automatic', permanent: false });
    const [row] = await t.db.selectFrom('emails').selectAll().where('id', '=', email).execute();
    expect(row).toMatchObject({ opened_at: at(3), opened_by_machine_at: at(2), clicked_at: at(3) });
  });

  test('for good suppress the address and end the campaign', async () => {
    const { ids, campaign } = await sent(3);
    const heard: (string | undefined)[] = [];
    t.unsubscribing.onUnsubscribe(async (_trx, { email }) => void heard.push(email));
    const [hard, soft, spam] = ids as [string, string, string];
    await note([
      { email: hard, kind: 'bounced', at: at(1), key: 'b', permanent: true, reason: 'No such mailbox' },
      { email: soft, kind: 'bounced', at: at(1), key: 'b', permanent: false },
      { email: spam, kind: 'complained', at: at(1), key: 'c' },
    ]);
    const suppressed = await t.db.selectFrom('suppressions').selectAll().where('email', 'in', ids).execute();
    expect(suppressed.map(({ address, reason }) => [address, reason]).sort()).toEqual(
      [
        [`a-${hard}@example.com`, 'bounce'],
        [`a-${spam}@example.com`, 'complaint'],
      ].sort(),
    );
    expect(heard.sort()).toEqual([hard, spam].sort());
    expect((await t.delivery.countEmails(campaign)).get('one')).toMatchObject({
      ...{ sent: 3, bounced: 2, complained: 1, delivered: 0 },
    });
  });

  test('an answering machine is no bounce of a delivered email', async () => {
    const { ids, campaign } = await sent(2);
    await note(ids.map((email) => ({ email, kind: 'bounced', at: at(1), key: 'b' })));
    await note([{ email: ids[0]!, kind: 'delivered', at: at(0), key: 'd' }]);
    expect((await t.delivery.countEmails(campaign)).get('one')).toMatchObject({ delivered: 1, bounced: 1 });
  });
});

describe('told before the ledger knows of the sending', () => {
  test('an email under way counts as sent, and gets its words when they come', async () => {
    const { campaign, account } = await queued(1);
    const now = t.clock.now();
    const [row] = await claim(t.db, { account, worker: randomUUID(), most: 1, now });
    t.clock.advance(2_000);
    const told = { email: row!.id, at: at(-1), key: 'b', address: 'early@example.com' };
    await note([{ ...told, kind: 'bounced', permanent: true }]);
    expect((await rowsOf(campaign))[0]).toMatchObject({ status: 'sent', sent_at: now, worker: null });
    const settlement = { id: row!.id, attempts: row!.attempts, address: 'early@example.com', subject: 'Hi' };
    await settle(t.db, [{ ...settlement, status: 'sent', providerId: 'theirs' }], t.clock.now());
    expect((await rowsOf(campaign))[0]).toMatchObject({
      ...{ status: 'sent', sent_at: now, subject: 'Hi', provider_id: 'theirs', bounce_permanent: true },
    });
    const events = (await tell()).filter(({ message }) => message.properties?.email_id === row!.id);
    expect(events.map(({ message }) => message.event)).toEqual(['Email Sent', 'Email Bounced']);
    const suppressed = t.db.selectFrom('suppressions').select('reason').where('address', '=', told.address);
    expect(await suppressed.execute()).toEqual([{ reason: 'bounce' }]);
  });

  test('one whose provider seemed not to answer is not sent again', async () => {
    const { campaign, account } = await queued(1);
    const [row] = await claim(t.db, { account, worker: randomUUID(), most: 1, now: t.clock.now() });
    await takeBack(t.db, t.clock.now(), true);
    await note([{ email: row!.id, kind: 'delivered', at: at(0), key: 'd' }]);
    const lost = { id: row!.id, attempts: row!.attempts, error: 'timeout', nextAttemptAt: at(5) };
    await settle(t.db, [{ ...lost, status: 'queued' }], t.clock.now());
    expect((await rowsOf(campaign))[0]).toMatchObject({ status: 'sent', last_error: null });
    t.clock.advance(60_000);
    expect(await claim(t.db, { account, worker: randomUUID(), most: 9, now: t.clock.now() })).toEqual([]);
  });
});
