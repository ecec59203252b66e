import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import { createLog } from '../log/index.ts';
import { createProfiles } from '../profiles/index.ts';
import { createEmails } from './emails.ts';
import { type Happening, noteHappenings } from './happenings.ts';
import { createDelivery } from './index.ts';
import { claim, settle } from './ledger.ts';
import type { EmailFilter } from './schema.ts';
import type { DeliveryTables } from './tables.ts';
import { createUnsubscribing } from './unsubscribe.ts';

const campaigns = { spring: randomUUID(), autumn: randomUUID() };
/** Made in this order, a day apart: the 15th of June and after. */
const people = ['ann', 'ben', 'cas', 'dan', 'eve', 'fay'] as const;
type Person = (typeof people)[number];

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
  const { account, domain } = await delivery.sender(t.workspace);
  const ids = {} as Record<Person, string>;
  for (const [index, person] of people.entries()) {
    const campaign = index % 2 === 0 ? campaigns.spring : campaigns.autumn;
    await db.transaction().execute(async (trx) => {
      const template = await delivery.saveTemplate(trx, t.workspace, { subject: 'Hi', html: '<p>Hi</p>' });
      const letter = {
        ...{ workspace: t.workspace, campaign, campaignName: '=Sale', step: `step-${index % 3}`, template },
        sender: { account, domain },
      };
      await delivery.queueEmails(trx, { ...letter, at: t.clock.now() }, [person]);
    });
    // The last stays queued.
    if (person !== 'fay') {
      const now = t.clock.now();
      const [row] = await claim(db, { account, worker: randomUUID(), most: 1, now });
      const { id, attempts } = row!;
      const address = `${person}@Example.com`;
      await settle(
        db,
        [{ id, attempts, status: 'sent', address, subject: 'Hi', providerId: `p-${person}` }],
        now,
      );
      ids[person] = id;
    }
    t.clock.advance(86_400_000);
  }
  const note = (happenings: Happening[]) => noteHappenings({ ...t, db, unsubscribing }, happenings);
  const at = new Date('2026-06-30T10:00:00Z');
  const later = new Date('2026-06-30T11:00:00Z');
  const { ann, ben, cas, dan } = ids;
  await note([
    { email: ann, kind: 'delivered', at, key: 'd' },
    { email: ann, kind: 'clicked', at: later, key: 'c', url: 'https://shop.example/' },
    { email: ann, kind: 'opened', at, key: 'm', machine: true },
    { email: ben, kind: 'delivered', at, key: 'd' },
    { email: ben, kind: 'opened', at: later, key: 'o' },
    { email: cas, kind: 'bounced', at, key: 'b', permanent: true, reason: '550 no such user' },
    { email: dan, kind: 'delivered', at, key: 'd' },
    { email: dan, kind: 'complained', at, key: 's' },
  ]);
  return { ...t, db, emails: createEmails(db), ids };
};
let t: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  t = await open();
});
afterAll(() => t?.close());

const where = (timezone = 'UTC') => ({ id: t.workspace, timezone });
const found = async (asked: EmailFilter, timezone?: string) =>
  (await t.emails.list(where(timezone), { ...asked, limit: 100 })).items.map(({ person_id }) => person_id);
async function textOf(asked: EmailFilter, of = where()): Promise<string> {
  let text = '';
  for await (const part of t.emails.csv(of, asked)) text += part;
  return text;
}

describe('the ledger is narrowed', () => {
  test.each<[EmailFilter, string]>([
    [{}, 'fay eve dan cas ben ann'],
    [{ status: 'queued' }, 'fay'],
    [{ status: 'sent' }, 'eve dan cas ben ann'],
    [{ result: 'delivered' }, 'dan ben ann'],
    [{ result: 'opened' }, 'ben ann'],
    [{ result: 'clicked' }, 'ann'],
    [{ result: 'bounced' }, 'cas'],
    [{ result: 'complained' }, 'dan'],
    [{ campaign: campaigns.spring }, 'eve cas ann'],
    [{ campaign: campaigns.spring, result: 'clicked' }, 'ann'],
    [{ step: 'step-1' }, 'eve ben'],
    [{ account: randomUUID() }, ''],
    [{ person: 'ben' }, 'ben'],
    [{ search: 'aNN@ex' }, 'ann'],
    [{ search: 'A' }, 'ann'],
    [{ search: 'ann@example.com', result: 'bounced' }, ''],
    [{ search: 'fay' }, 'fay'],
    [{ search: 'example' }, ''],
    [{ search: '%' }, ''],
    [{ search: '_en' }, ''],
    [{ from: '2026-06-16', to: '2026-06-18' }, 'cas ben'],
    [{ from: '2026-06-16T12:00:00Z', to: '2026-06-17T14:00:00+02:00' }, 'ben'],
    [{ from: '2026-06-19' }, 'fay eve'],
  ])('by %j', async (asked, expected) => {
    expect((await found(asked)).join(' ')).toBe(expected);
  });

  test("by days of the workspace's own", async () => {
    // 12:00 in UTC is the next day already.
    const asked = { from: '2026-06-16', to: '2026-06-17' };
    expect(await found(asked, 'Pacific/Kiritimati')).toEqual(['ann']);
  });

  test('in pages', async () => {
    const first = await t.emails.list(where(), { limit: 4 });
    const second = await t.emails.list(where(), { limit: 4, cursor: first.next_cursor! });
    expect([...first.items, ...second.items].map(({ person_id }) => person_id)).toEqual(
      [...people].reverse(),
    );
    expect(second.next_cursor).toBeNull();
  });

  test('to one workspace', async () => {
    const other = { id: randomUUID(), timezone: 'UTC' };
    expect((await t.emails.list(other, { limit: 10 })).items).toEqual([]);
    expect((await textOf({}, other)).split('\r\n')).toHaveLength(2);
    await expect(t.emails.get(other.id, t.ids.ann)).rejects.toMatchObject({ status: 404 });
  });
});

test('an email tells its history, and the result that says most', async () => {
  const email = await t.emails.get(t.workspace, t.ids.ann);
  expect(email).toMatchObject({
    ...{ result: 'clicked', provider: 'dev', provider_id: 'p-ann', account_name: 'Dev mailbox' },
    ...{ opened_at: '2026-06-30T11:00:00.000Z', opened_by_machine_at: '2026-06-30T10:00:00.000Z' },
  });
  expect(email.history.map(({ kind, machine, url }) => [kind, machine, url])).toEqual([
    ['queued', false, null],
    ['sent', false, null],
    ['delivered', false, null],
    ['opened', true, null],
    ['clicked', false, 'https://shop.example/'],
  ]);
  const bounced = await t.emails.get(t.workspace, t.ids.cas);
  expect(bounced).toMatchObject({ result: 'bounced', bounce_permanent: true });
  expect(bounced.history.at(-1)).toMatchObject({ kind: 'bounced', reason: '550 no such user' });
  expect((await t.emails.get(t.workspace, t.ids.dan)).result).toBe('complained');
  const panel = await t.emails.ofPerson(t.workspace, 'ben', ['ben']);
  expect(panel).toMatchObject([{ status: 'opened' }]);
});

test('the export is what is found, in pages, with formulas made inert', async () => {
  const lines = (await textOf({ result: 'opened' })).split('\r\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^\ufeffid,person_id,address,campaign_id,/);
  expect(lines[1]).toContain(`${t.ids.ben},ben,ben@Example.com,${campaigns.autumn},"'=Sale"`);
  expect(lines[2]).toContain(',clicked,');
  // More than a page, all of one instant.
  const { account } = await t.rooms[2].sender(t.workspace);
  const many = randomUUID();
  await sql`
    INSERT INTO emails (id, workspace, campaign, campaign_name, profile, step, account, template, message_id,
                        next_attempt_at, queued_at)
    SELECT uuidv7(), ${t.workspace}, ${many}, 'Many', 'm' || n, 's', ${account}, 't', 'm' || n, now(), now()
    FROM generate_series(1, 4500) AS n`.execute(t.db);
  const rows = (await textOf({ campaign: many })).trimEnd().split('\r\n').slice(1);
  expect(new Set(rows.map((row) => row.split(',')[1])).size).toBe(4_500);
});
