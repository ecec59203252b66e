import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { sql } from 'kysely';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runs } from '../../test/support/thorough.ts';
import { claim } from '../delivery/ledger.ts';
import type { DeliveryTables } from '../delivery/tables.ts';
import { type OpenCampaigns, openCampaigns } from './campaigns.testing.ts';
import { openAt } from './hours.ts';
import { createCampaigns } from './index.ts';
import { edited, emailsFor, flows, type Person, people } from './model.testing.ts';

interface Connection {
  session: { id: string };
  close(): void;
}

/** An email the server took, at the time of the injected clock. */
interface Taken {
  messageId: string;
  address: string;
  subject: string;
  at: Date;
}

let t: OpenCampaigns;
let server: SMTPServer;
const taken: Taken[] = [];
/** Message-IDs of which nobody could know whether they were taken: the connection died after it, or the worker did. */
const inDoubt = new Set<string>();
let fault: () => 'none' | 'temporary' | 'slow down' | 'dies after taking' = () => 'none';

beforeAll(async () => {
  t = await openCampaigns();
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    onData(stream, session, done) {
      let text = '';
      stream.on('data', (part: Buffer) => {
        text += part;
      });
      stream.on('end', () => {
        const kind = fault();
        if (kind === 'temporary') return done(Object.assign(new Error('busy'), { responseCode: 451 }));
        if (kind === 'slow down') return done(Object.assign(new Error('too fast'), { responseCode: 454 }));
        // A long one goes on in the next line, and so do its encoded words.
        const header = (name: string) =>
          new RegExp(`^${name}: (.*(?:\\r?\\n[ \\t].*)*)`, 'im')
            .exec(text)![1]!
            .trim()
            .replace(/\?=\s+=\?UTF-8\?Q\?/g, '');
        const messageId = header('Message-ID');
        const [to] = session.envelope.rcptTo;
        taken.push({ messageId, address: to!.address, subject: header('Subject'), at: t.clock.now() });
        if (kind === 'none') return done();
        // It has it, and is gone before it can say so.
        inDoubt.add(messageId);
        for (const connection of server.connections as Set<Connection>) {
          if (connection.session.id === session.id) connection.close();
        }
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
});
afterAll(async () => {
  await t.close();
  await new Promise<void>((done) => server.close(() => done()));
});

const minute = 60_000;
const night = { quiet_hours: { from: '22:00', to: '06:00' } };
const cap = { emails: 3, hours: 12 };

async function openAccount(): Promise<string> {
  const db = t.db.withTables<DeliveryTables>();
  const { id } = await db
    .insertInto('accounts')
    .values({
      ...{ workspace: t.workspace(), name: `SMTP ${randomUUID()}`, kind: 'smtp', sender: 'shop@example.com' },
      settings: JSON.stringify({
        host: '127.0.0.1',
        port: (server.server.address() as AddressInfo).port,
      }) as never,
      secrets: JSON.stringify({}) as never,
      ...{ rate_per_second: 50, burst: 25, tokens: 25, refilled_at: t.clock.now(), paused_reason: null },
      created_at: t.clock.now(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

interface Plan {
  people: Person[];
  flows: ReturnType<typeof flows.generate>['value'][];
  quiet: boolean;
  capped: boolean;
  edits: boolean;
  merging: boolean;
  luck: number[];
}
const plans: fc.Arbitrary<Plan> = fc.record({
  people,
  flows: fc.array(flows, { minLength: 1, maxLength: 3 }),
  quiet: fc.boolean(),
  capped: fc.boolean(),
  edits: fc.boolean(),
  merging: fc.boolean(),
  luck: fc.array(fc.nat(99), { minLength: 200, maxLength: 200 }),
});

/** A worker that claims emails, brings some of them to the server, and is never heard of again. */
async function dies(account: string, suppressed: Set<string>, chance: (percent: number) => boolean) {
  const rows = await claim(t.db, { account, worker: randomUUID(), most: 10, now: t.clock.now() });
  for (const { message_id, profile, id } of rows) {
    inDoubt.add(message_id);
    if (!chance(50) || suppressed.has(profile)) continue;
    const { rows } = await sql<{ step: string }>`SELECT step FROM emails WHERE id = ${id}`.execute(t.db);
    const address = `${profile}@example.com`;
    taken.push({ messageId: message_id, address, subject: rows[0]!.step, at: t.clock.now() });
  }
}

async function play({ people, flows, quiet, capped, edits, merging, luck }: Plan): Promise<void> {
  t.fresh();
  t.clock.set(new Date('2031-03-03T12:00:00Z'));
  taken.length = 0;
  inDoubt.clear();
  let turn = 0;
  const chance = (percent: number) => luck[turn++ % luck.length]! < percent;
  const workspace = t.workspace();
  await t.identify(
    Object.fromEntries(
      people.map(({ id, color, zone }) => [
        id,
        { email: `${id}@example.com`, vip: true, color, ...(zone && { zone }) },
      ]),
    ),
  );
  for (const { id, suppressed } of people) {
    if (!suppressed) continue;
    await sql`
      INSERT INTO suppressions (workspace, address, reason, at)
      VALUES (${workspace}, ${`${id}@example.com`}, 'manual', ${t.clock.now()})`.execute(t.db);
  }
  if (capped) await t.campaigns.setFrequencyCap(workspace, cap);
  const account = await openAccount();
  const segment = await t.segment();
  const started = await Promise.all(
    flows.map(async (steps) => {
      const withAccount = JSON.parse(JSON.stringify(steps), (_key, value) =>
        value?.type === 'email' ? { ...value, account } : value,
      );
      const id = await t.started({
        entry: { segments: [segment] },
        timezone: 'Europe/Berlin',
        timezone_attribute: 'zone',
        ...(quiet && night),
        ...(merging && { merge_within_minutes: 45 }),
        steps: withAccount,
      });
      return { id, steps: withAccount as typeof steps, edited: false };
    }),
  );
  const faulty = createCampaigns(
    t.engine,
    {
      ...t,
      delivery: {
        ...t.delivery,
        addAccountGuard: () => {},
        addPartGuard: () => {},
        onUnsubscribe: () => {},
        async queueEmails(...given) {
          const queued = await t.delivery.queueEmails(...given);
          if (chance(20)) throw new Error('killed here');
          return queued;
        },
      },
      segments: { ...t.segments, onChange: () => {}, addDeleteGuard: () => {} },
    },
    { background: false },
  );
  const suppressed = new Set(people.flatMap(({ id, suppressed }) => (suppressed ? id : [])));
  const begun = t.clock.now().getTime();
  const clicked = new Set<string>();
  fault = () =>
    chance(75) ? 'none' : chance(40) ? 'temporary' : chance(30) ? 'slow down' : 'dies after taking';
  for (let round = 0; round < 30; round++) {
    await t.segments.recompute(workspace);
    await faulty.drain();
    if (chance(25)) await dies(account, suppressed, chance);
    if (chance(15)) {
      const { id } = started[turn % started.length]!;
      await t.campaigns.pauseCampaign(workspace, id);
      if (chance(50)) await t.delivery.drain();
      await t.campaigns.resumeCampaign(workspace, id);
    }
    const one = started[turn % started.length]!;
    if (edits && chance(10)) {
      const { definition } = await t.campaigns.get(workspace, one.id);
      await t.campaigns.edit(workspace, one.id, {
        definition: { ...definition, steps: edited(definition, turn) },
      });
      one.edited = true;
    }
    await t.delivery.drain();
    for (const { id, clicks } of people) {
      const since = (t.clock.now().getTime() - begun) / minute;
      if (clicks === undefined || clicked.has(id) || since < clicks) continue;
      clicked.add(id);
      await t.track(id, 'Clicked');
    }
    t.clock.advance((5 + (luck[round]! % 60)) * minute);
    // An account that stopped for its provider's sake: a person goes on with it.
    await sql`UPDATE accounts SET status = 'active', stopped_at = NULL WHERE id = ${account}`.execute(t.db);
  }
  fault = () => 'none';
  for (let round = 0; round < 60; round++) {
    await t.settle();
    t.clock.advance(150 * minute);
    await sql`UPDATE accounts SET status = 'active', stopped_at = NULL WHERE id = ${account}`.execute(t.db);
    const reports = await Promise.all(started.map(({ id }) => t.campaigns.report(workspace, id)));
    if (reports.every(({ active, emails }) => active + emails.queued + emails.sending === 0)) break;
  }
  await check({ people, quiet, capped, started });
}

type Started = { id: string; steps: Plan['flows'][number]; edited: boolean };

async function check({
  people,
  quiet,
  capped,
  started,
}: Pick<Plan, 'people' | 'quiet' | 'capped'> & { started: Started[] }) {
  const ledger = await t.db
    .withTables<DeliveryTables>()
    .selectFrom('emails')
    .selectAll()
    .where('workspace', '=', t.workspace())
    .execute();
  for (const { id, steps, edited } of started) {
    const report = await t.campaigns.report(t.workspace(), id);
    expect(report).toMatchObject({ entered: people.length, completed: people.length, active: 0, exited: 0 });
    for (const person of people) {
      const rows = ledger.filter((row) => row.campaign === id && row.profile === person.id);
      const want = person.suppressed ? 'suppressed' : 'sent';
      // An edit takes no email away that was queued; eight refusals in a row do.
      for (const { status, attempts, attempts_waived } of rows) {
        const refused = attempts - attempts_waived >= 8 ? ['failed'] : [];
        expect([want, 'merged', ...refused]).toContain(status);
      }
      if (edited) continue;
      const { must, may } = emailsFor(steps, person, id);
      const got = new Set(rows.map(({ step }) => step));
      expect(
        [...must].filter((step) => !got.has(step)),
        'skipped',
      ).toEqual([]);
      expect(
        [...got].filter((step) => !may.has(step)),
        'not on the way',
      ).toEqual([]);
    }
  }
  // What is merged goes with an email that says so.
  for (const { merged_into, step } of ledger) {
    const leader = ledger.find(({ id }) => id === merged_into);
    const mails = taken.filter(({ messageId }) => messageId === leader?.message_id);
    for (const { subject } of mails.slice(-1)) expect(subject).toContain(step);
  }
  checkTaken(
    ledger.map(({ message_id }) => message_id),
    { people, quiet, capped },
  );
}

/** Over all runs: a test in which nothing goes wrong would show nothing. */
const seen = { taken: 0, inDoubt: 0, repeated: 0 };

/** What the server saw. */
function checkTaken(known: string[], { people, quiet, capped }: Pick<Plan, 'people' | 'quiet' | 'capped'>) {
  seen.taken += taken.length;
  seen.inDoubt += inDoubt.size;
  const times = Map.groupBy(taken, ({ messageId }) => messageId);
  for (const [messageId, all] of times) {
    expect(known).toContain(messageId);
    seen.repeated += all.length - 1;
    if (!inDoubt.has(messageId)) expect(all, `twice: ${messageId}`).toHaveLength(1);
  }
  for (const { id, zone, suppressed } of people) {
    const mine = taken.filter(({ address }) => address === `${id}@example.com`);
    if (suppressed) expect(mine).toEqual([]);
    const own = zone === undefined || zone === 'nowhere' ? 'Europe/Berlin' : zone;
    for (const { at } of mine) {
      if (quiet) expect(openAt(at, night, own)!.from.getTime()).toBeLessThanOrEqual(at.getTime());
    }
    if (!capped) continue;
    // One in doubt that comes again is the same email.
    const firsts = [...Map.groupBy(mine, ({ messageId }) => messageId).values()].map((all) =>
      all.at(-1)!.at.getTime(),
    );
    for (const from of firsts) {
      const within = firsts.filter((time) => time >= from && time < from + cap.hours * 60 * minute);
      expect(within.length).toBeLessThanOrEqual(cap.emails);
    }
  }
}

test('whatever goes wrong, nobody is skipped or written to twice, and no cap, hour or suppression is broken', {
  timeout: 1_800_000,
}, async () => {
  await fc.assert(fc.asyncProperty(plans, play), { numRuns: runs(3, 40), endOnFailure: true });
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0);
});
