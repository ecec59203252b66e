import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import type { MailchimpList } from '../../test/support/mailchimp/list.ts';
import { type Mailchimp, startMailchimp } from '../../test/support/mailchimp/server.ts';
import { PeopleInMemory } from '../../test/support/people-here.ts';
import type { Room } from '../engine/index.ts';
import { audienceApi } from './audience.ts';
import { contactsOf } from './contacts.ts';
import { Trouble } from './errors.ts';
import { createHttp, type Http } from './http.ts';
import { fieldsOf, mapperOf, pushed } from './map.ts';
import { peopleOf } from './people.ts';
import { recordsOf } from './records.ts';
import { mailchimpAudienceSink } from './sinks/mailchimp_audience.ts';
import { segment } from './sources/segment.ts';
import { type Synced, sync } from './sync.ts';

let t: TestEngine<readonly Room[]>;
let mailchimp: Mailchimp;
let now = Date.parse('2026-06-15T12:00:00Z');

beforeAll(async () => {
  t = await openTestEngine({
    rooms: () => [{ name: 'connections', folder: new URL('.', import.meta.url) }],
  });
  mailchimp = await startMailchimp({ now: () => now, seed: 1 });
  process.env.RAPPORT_MAILCHIMP_URL = mailchimp.url;
}, 60_000);
afterAll(async () => {
  await mailchimp?.close();
  await t?.close();
});

const mapping = { identity: 'email', fields: [{ field: 'first_name', attribute: 'FNAME' }] };
const tag = 'Regulars';
class Killed extends Error {}

const here = ['join', 'join', 'join', 'leave', 'edit', 'address', 'nowhere', 'suppress', 'allow'] as const;
const there = [
  'unsubscribe',
  'clean',
  'resubscribe',
  'untag',
  'tag',
  'archive',
  'delete',
  'stranger',
  'tagGone',
] as const;
type Change = (typeof here)[number] | (typeof there)[number];

interface Altering {
  kind: Change;
  who: number;
  value: number;
}
interface Step extends Omit<Altering, 'kind'> {
  kind: Change | 'sync';
  /** What happens between two calls of a sync. */
  during: (Altering & { after: number })[];
  fault: number;
  /** Calls until it dies, before or after the last of them was made. */
  diesIn: number;
  diesAfter: boolean;
  full: boolean;
}

const change = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Change>(...here) },
  { weight: 2, arbitrary: fc.constantFrom<Change>(...there) },
);
const what = { who: fc.nat({ max: 11 }), value: fc.nat({ max: 5 }) };
const stepOf = fc.record({
  kind: fc.oneof({ weight: 3, arbitrary: change }, { weight: 2, arbitrary: fc.constant('sync' as const) }),
  ...what,
  during: fc.array(fc.record({ after: fc.integer({ min: 1, max: 8 }), kind: change, ...what }), {
    maxLength: 2,
  }),
  fault: fc.nat({ max: 9 }),
  diesIn: fc.constantFrom(1, 2, 3, 4, 5, 6, ...Array(6).fill(Number.POSITIVE_INFINITY)),
  diesAfter: fc.boolean(),
  full: fc.constantFrom(false, false, false, true),
});

const wire = [
  { kind: 'cut' },
  { kind: 'truncated' },
  { kind: 'broken_json' },
  { kind: 'fails', status: 503 },
  { kind: 'too_many_requests', retryAfter: '0' },
] as const;

/** What others do here and at Mailchimp, and what must be true of it in the end. */
class World {
  readonly people = new PeopleInMemory(() => now);
  readonly list: MailchimpList = mailchimp.account.addList();
  tagIds = new Map<string, number>();
  /** When people subscribed again by themselves: `contact at`. */
  readonly #returned = new Set<string>();
  /** On the audience before this connection, and nobody there archived or deleted them. */
  readonly #before = new Set<string>();

  alter({ kind, who, value }: Altering): void {
    now += 1_000;
    const { people, list } = this;
    const id = `person${who}`;
    if ((here as readonly string[]).includes(kind)) {
      // Some have the address of another, some write it in capitals.
      const address = `P${value % 2 === 0 ? who : (who + 1) % 12}@Shop.example`;
      if (!people.people.has(id)) people.edit(id, { email: address, first_name: `n${value}` });
      if (kind === 'join') people.join(id);
      if (kind === 'leave') people.leave(id);
      if (kind === 'edit') people.edit(id, { first_name: value === 0 ? '' : `n${value}` });
      if (kind === 'address') people.edit(id, { email: value === 5 ? `new${who}@shop.example` : address });
      if (kind === 'nowhere') people.edit(id, { email: '' });
      const { email } = people.people.get(id)!;
      if (kind === 'suppress' && email) people.suppress(email, true);
      if (kind === 'allow' && email) people.suppress(email, false);
      return;
    }
    if (kind === 'stranger') {
      const email = `p${who}@shop.example`;
      const known = list.member(email);
      if (known) return;
      this.#before.add(list.add({ email, merge: { FNAME: 'theirs' }, tags: ['VIP'] }).contact_id);
      return;
    }
    if (kind === 'tagGone') {
      if (list.tag(tag)) list.deleteTag(tag);
      return;
    }
    const members = list.members();
    const member = members[who % Math.max(1, members.length)];
    if (!member) return;
    const { contact_id: contact, status } = member;
    const names = member.tags.map(({ name }) => name);
    if (kind === 'unsubscribe' && status === 'subscribed') list.unsubscribe(contact);
    if (kind === 'clean' && status === 'subscribed') list.clean(contact);
    if (kind === 'resubscribe' && status === 'unsubscribed') {
      list.edit(contact, { status: 'subscribed' });
      this.#returned.add(`${contact} ${now}`);
    }
    if (kind === 'untag' && names.includes(tag)) list.retag(contact, { remove: [tag] });
    if (kind === 'tag' && status !== 'archived') list.retag(contact, { add: [tag] });
    // What an archived one was before nobody can ask.
    if (kind === 'archive' && status === 'subscribed') {
      list.archive(contact);
      this.#before.delete(contact);
    }
    if (kind === 'delete' && value === 0) {
      list.deletePermanently(contact);
      this.#before.delete(contact);
    }
  }

  /** Who must be tagged now, with their first names; whoever said no there, or was deleted for good there, is not. */
  wanted(): Map<string, string[]> {
    const all = new Map<string, string[]>();
    for (const [address, names] of this.people.pushable()) {
      const status = this.list.member(address)?.status;
      const no = status !== undefined && status !== 'subscribed' && status !== 'archived';
      if (!no && !this.list.mayNotReturn(address)) all.set(address, names);
    }
    return all;
  }

  tagged(): string[] {
    return this.list
      .members()
      .filter(({ status, tags }) => status === 'subscribed' && tags.some(({ name }) => name === tag))
      .map(({ email_address }) => email_address.toLowerCase());
  }

  /** What must never have happened. */
  wrongs(): string[] {
    const wrong: string[] = [];
    for (const { contact_id: contact } of this.list.members()) {
      const versions = this.list.versionsOf(contact);
      for (const [n, { at, member }] of versions.entries()) {
        const before = versions[n - 1]?.member?.status;
        const said = before === 'unsubscribed' || before === 'cleaned';
        if (said && member?.status === 'subscribed' && !this.#returned.has(`${contact} ${at}`)) {
          wrong.push(`${contact} was subscribed again`);
        }
        if (said && member?.status === 'archived') wrong.push(`${contact} was archived though ${before}`);
        if (this.#before.has(contact) && member?.status === 'archived') {
          wrong.push(`${contact} was there before and is archived`);
        }
      }
    }
    return wrong;
  }
}

/** Dies before or after so many calls. */
function mortal(http: Http, diesIn: number, diesAfter: boolean): Http {
  let left = diesIn;
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    const dies = --left === 0;
    if (dies && !diesAfter) throw new Killed();
    const answer = await call();
    if (dies) throw new Killed();
    return answer;
  };
  return {
    call: (url, call) => through(() => http.call(url, call)),
    json: (url, call) => through(() => http.json(url, call)),
  };
}

async function run(
  world: World,
  connection: string,
  cursor: unknown,
  { diesIn = Number.POSITIVE_INFINITY, diesAfter = false } = {},
): Promise<Synced | undefined> {
  const { signal } = new AbortController();
  const clock = () => new Date(now);
  const meter = { calls: 0, bytes: 0 };
  const calm = createHttp({ signal, meter, now: clock, allowInternal: true, waitMs: () => 0 });
  const http = mortal(calm, diesIn, diesAfter);
  const { key } = mailchimp.account;
  const lease = { connection, fence: 1 };
  try {
    return await sync({
      source: segment,
      context: {
        settings: { segment: connection, program_tags: false },
        credentials: { key },
        fields: fieldsOf(mapping),
        people: peopleOf(world.people, t.workspace),
        ...{ http, now: clock },
      },
      ...{ cursor, since: cursor },
      records: recordsOf(t.engine.postgres, lease, clock),
      sinks: [
        mailchimpAudienceSink({
          api: audienceApi(http, key, { list: world.list.id, tagIds: world.tagIds, pageSize: 3 }),
          contacts: contactsOf(t.engine.postgres, lease),
          settings: { list: world.list.id, tag, leaving: 'archive' },
          programs: async () => undefined,
        }),
      ],
      map: mapperOf(pushed(mapping)),
      forgetting: { isErased: () => false, forget: (record) => record },
      ...{ now: clock, signal, removalLimit: Number.POSITIVE_INFINITY },
    });
  } catch (error) {
    if (error instanceof Killed) return undefined;
    if (error instanceof Trouble && error.passing) return undefined;
    throw error;
  }
}

async function history(steps: readonly Step[]): Promise<void> {
  const world = new World();
  const connection = randomUUID();
  await sql`
    INSERT INTO connections (id, workspace, name, kind, account, every_seconds, next_run_at, created_at, updated_at, fence, sinks)
    VALUES (${connection}, ${t.workspace}, ${connection}, 'segment', 'a', 3600, now(), now(), now(), 1,
      ${JSON.stringify([{ kind: 'mailchimp_audience', list: world.list.id, tag }])}::jsonb)`.execute(
    t.engine.postgres.db,
  );
  let cursor: unknown;
  for (const step of steps) {
    if (step.kind !== 'sync') {
      world.alter(step as Altering);
      continue;
    }
    let calls = 0;
    mailchimp.onRequest = ({ body, kind }) => {
      calls++;
      now += 150;
      if (kind === 'list') expect(JSON.parse(body).members.length).toBeLessThanOrEqual(500);
      for (const one of step.during) if (one.after === calls) world.alter(one);
    };
    mailchimp.faults.clear();
    const fault = wire[step.fault];
    // A process that died knows nothing any more.
    if (Number.isFinite(step.diesIn)) world.tagIds = new Map();
    if (fault) mailchimp.faults.next(fault, 1, ({ n }) => n % 3 === step.value % 3);
    const synced = await run(world, connection, step.full ? undefined : cursor, step);
    mailchimp.onRequest = undefined;
    mailchimp.faults.clear();
    expect(world.wrongs()).toEqual([]);
    if (!synced) continue;
    cursor = synced.cursor;
    if (step.during.length === 0) expect(world.tagged().sort()).toEqual([...world.wanted().keys()].sort());
  }
  // Left alone, a run or two find everything as it is. The last is a whole one: who came back by themselves is seen by it.
  now += 600_000;
  let last = await run(world, connection, cursor);
  last = await run(world, connection, undefined);
  expect(last).toBeDefined();
  expect(world.wrongs()).toEqual([]);
  const wanted = world.wanted();
  expect(world.tagged().sort()).toEqual([...wanted.keys()].sort());
  for (const [address, names] of wanted) {
    expect(names).toContain(world.list.member(address)?.merge_fields.FNAME ?? '');
  }
  now += 600_000;
  mailchimp.resetCalls();
  expect(await run(world, connection, last?.cursor)).toMatchObject({ kind: 'probe' });
  // How many have the tag.
  expect(mailchimp.calls.total).toBe(1);
  mailchimp.account.deleteList(world.list.id);
}

const nothing = {
  who: 0,
  value: 0,
  during: [],
  fault: 9,
  diesIn: Number.POSITIVE_INFINITY,
  diesAfter: false,
  full: false,
};
/** The tag is made and the answer lost; in the other one somebody deletes it just before it is looked for again. */
const tagMadeUnheard: Step[] = [
  { ...nothing, kind: 'sync', value: 4, fault: 0 },
  { ...nothing, kind: 'join' },
];
const tagGoneMeanwhile: Step[] = [
  {
    ...{ ...nothing, kind: 'sync', value: 4, fault: 0 },
    during: [{ after: 4, kind: 'tagGone', who: 0, value: 0 }],
  },
  { ...nothing, kind: 'sync' },
];
/** Who said no there and then leaves the segment must not be archived: nothing would tell any more that they said no. */
const leavesAfterNo: Step[] = (['join', 'sync', 'unsubscribe', 'leave', 'sync', 'join'] as const).map(
  (kind) => ({
    ...nothing,
    kind,
  }),
);

const histories = Number(process.env.HISTORIES ?? 150);

describe('a segment and the audience it is pushed to', () => {
  test('agree after every run that says so, whatever happens on the way', {
    timeout: Math.max(300_000, 1_000 * histories),
  }, async () => {
    await fc.assert(fc.asyncProperty(fc.array(stepOf, { minLength: 1, maxLength: 30 }), history), {
      numRuns: histories,
      examples: [[tagMadeUnheard], [tagGoneMeanwhile], [leavesAfterNo]],
    });
  });
});
