import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import type { MailchimpList } from '../../test/support/mailchimp/list.ts';
import { type Mailchimp, startMailchimp } from '../../test/support/mailchimp/server.ts';
import type { Room } from '../engine/index.ts';
import { Trouble } from './errors.ts';
import { createHttp } from './http.ts';
import { fieldsOf, mapperOf } from './map.ts';
import { nobodyHere, peopleOf } from './people.ts';
import { recordsOf } from './records.ts';
import type { Sink, Value } from './sink.ts';
import { createMailchimp } from './sources/mailchimp.ts';
import { type Synced, sync } from './sync.ts';

let t: TestEngine<readonly Room[]>;
let mailchimp: Mailchimp;
/** The stand-in's clock; ours and the source's differ by nothing here but what calls take. */
let now = Date.parse('2026-06-15T12:00:00Z');

beforeAll(async () => {
  t = await openTestEngine({
    rooms: () => [{ name: 'connections', folder: new URL('.', import.meta.url) }],
  });
  mailchimp = await startMailchimp({ now: () => now, shuffledTies: true, seed: 1 });
  process.env.RAPPORT_MAILCHIMP_URL = mailchimp.url;
}, 60_000);
afterAll(async () => {
  await mailchimp?.close();
  await t?.close();
});

const mapping = {
  identity: 'email_address',
  fields: [
    { field: 'email_address', attribute: 'email' },
    { field: 'merge_fields.FNAME', attribute: 'first_name' },
    { field: 'status', attribute: 'status' },
  ],
};

/** A sink in memory, which may die before or after it took a batch, and hears everything twice now and then. */
class MemorySink implements Sink {
  name = 'memory';
  batchSize = 3;
  readonly held = new Map<string, Record<string, Value>>();
  /** Calls until it dies, once; then it lives. */
  diesIn = Number.POSITIVE_INFINITY;
  diesAfter = false;

  #mayDie(work: () => void) {
    const dies = --this.diesIn === 0;
    if (!dies || this.diesAfter) work();
    if (dies) throw new Killed();
  }
  async upsert(changes: Parameters<Sink['upsert']>[0]) {
    this.#mayDie(() => {
      for (const { record } of changes) {
        if (record.listed) this.held.set(record.id, record.attributes);
        else this.held.delete(record.id);
      }
    });
    return [];
  }
  async remove(removals: Parameters<Sink['remove']>[0]) {
    this.#mayDie(() => {
      for (const { id } of removals) this.held.delete(id);
    });
    return [];
  }
}
class Killed extends Error {}

interface Step {
  kind:
    | 'add'
    | 'edit'
    | 'address'
    | 'unsubscribe'
    | 'archive'
    | 'unarchive'
    | 'delete'
    | 'readd'
    | 'sync'
    | 'wait';
  who: number;
  value: number;
  /** What happens to the list between two calls of a sync. */
  during: { after: number; kind: Step['kind']; who: number; value: number }[];
  fault: number;
  diesIn: number;
  diesAfter: boolean;
  full: boolean;
}

const change = fc.constantFrom<Step['kind'][]>(
  'add',
  'add',
  'edit',
  'edit',
  'address',
  'unsubscribe',
  'archive',
  'unarchive',
  'delete',
  'readd',
);
const what = { who: fc.nat({ max: 40 }), value: fc.nat({ max: 5 }) };
const stepOf = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: change },
    { weight: 2, arbitrary: fc.constant('sync' as const) },
    { weight: 1, arbitrary: fc.constant('wait' as const) },
  ),
  ...what,
  during: fc.array(fc.record({ after: fc.integer({ min: 1, max: 6 }), kind: change, ...what }), {
    maxLength: 3,
  }),
  fault: fc.nat({ max: 9 }),
  diesIn: fc.constantFrom(
    1,
    2,
    3,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ),
  diesAfter: fc.boolean(),
  full: fc.constantFrom(false, false, false, true),
});

let serial = 0;
function alter(list: MailchimpList, { kind, who, value }: Pick<Step, 'kind' | 'who' | 'value'>) {
  const members = list.members();
  const member = members[who % Math.max(1, members.length)];
  const email = `p${++serial}@shop.example`;
  if (kind === 'add' || !member) return void list.add({ email, merge: { FNAME: `n${value}` } });
  const id = member.contact_id;
  if (kind === 'edit') list.edit(id, { merge: { FNAME: `n${value}` } });
  if (kind === 'address') list.changeAddress(id, email);
  if (kind === 'unsubscribe') list.unsubscribe(id);
  if (kind === 'archive') list.archive(id);
  if (kind === 'unarchive' && member.status === 'archived') list.unarchive(id);
  if (kind === 'delete') list.deletePermanently(id);
  if (kind === 'readd') {
    list.deletePermanently(id);
    list.add({ email: member.email_address, merge: { FNAME: `again${value}` } });
  }
}

const wire = [
  { kind: 'cut' },
  { kind: 'truncated' },
  { kind: 'broken_json' },
  { kind: 'fails', status: 503 },
  { kind: 'too_many_requests', retryAfter: '0' },
  { kind: 'empty' },
] as const;

const attributesOf = (member: {
  email_address: string;
  merge_fields: Record<string, unknown>;
  status: string;
}) => ({
  email: member.email_address,
  first_name: (member.merge_fields.FNAME as string | undefined) || null,
  status: member.status,
});

/**
 * T is true when each record that is held was on the list in just that form at some moment since T, and each that is
 * not was absent at some moment since.
 */
function lies(list: MailchimpList, sink: MemorySink, asOf: number): string[] {
  const wrong: string[] = [];
  const contacts = new Set([...list.stateAt(now).keys(), ...list.stateAt(asOf).keys(), ...sink.held.keys()]);
  for (const id of contacts) {
    const versions = list.versionsOf(id);
    const since = versions.filter(
      ({ at }, n) => at > asOf || (versions[n + 1]?.at ?? Number.POSITIVE_INFINITY) > asOf,
    );
    const mayBeAbsent = (versions[0]?.at ?? 0) > asOf;
    const held = sink.held.get(id);
    const shown = since.map(({ member }) =>
      member && member.status !== 'archived' ? JSON.stringify(attributesOf(member)) : 'absent',
    );
    if (
      held === undefined ? !mayBeAbsent && !shown.includes('absent') : !shown.includes(JSON.stringify(held))
    ) {
      wrong.push(`${id}: held ${held ? JSON.stringify(held) : 'not'}, was ${shown.join(' / ')}`);
    }
  }
  return wrong;
}

async function history(steps: readonly Step[], pageSize: number): Promise<void> {
  const source = createMailchimp({ pageSize, overlapMs: 2_000 });
  const list = mailchimp.account.addList();
  const connection = randomUUID();
  await sql`
    INSERT INTO connections (id, workspace, name, kind, account, every_seconds, next_run_at, created_at, updated_at, fence)
    VALUES (${connection}, ${t.workspace}, ${connection}, 'mailchimp', 'a', 3600, now(), now(), now(), 1)`.execute(
    t.engine.postgres.db,
  );
  const sink = new MemorySink();
  let cursor: unknown;
  for (const step of steps) {
    if (step.kind === 'wait') {
      now += 7_000;
      continue;
    }
    if (step.kind !== 'sync') {
      alter(list, step);
      now += 300 * step.value;
      continue;
    }
    let calls = 0;
    mailchimp.onRequest = () => {
      calls++;
      now += 150;
      for (const one of step.during) if (one.after === calls) alter(list, one);
    };
    mailchimp.faults.clear();
    const fault = wire[step.fault];
    if (fault) mailchimp.faults.next(fault, 1, ({ n }) => n % 3 === step.value % 3);
    sink.diesIn = step.diesIn;
    sink.diesAfter = step.diesAfter;
    const synced = await run(source, list, connection, sink, step.full ? undefined : cursor);
    mailchimp.onRequest = undefined;
    if (!synced) continue;
    cursor = synced.cursor;
    expect(lies(list, sink, synced.asOf.getTime())).toEqual([]);
  }
  // Left alone, one more run finds everything as it is.
  mailchimp.faults.clear();
  sink.diesIn = Number.POSITIVE_INFINITY;
  now += 60_000;
  const last = await run(source, list, connection, sink, cursor);
  expect(last).toBeDefined();
  const there = list.members().filter(({ status }) => status !== 'archived');
  expect(Object.fromEntries(sink.held)).toEqual(
    Object.fromEntries(there.map((member) => [member.contact_id, attributesOf(member)])),
  );
  mailchimp.resetCalls();
  now += 60_000;
  expect((await run(source, list, connection, sink, last?.cursor))?.kind).toBe('probe');
  // Nobody is asked for twice.
  expect(mailchimp.calls.total).toBe(there.length > 0 ? 1 : 2);
  mailchimp.account.deleteList(list.id);
}

async function run(
  source: ReturnType<typeof createMailchimp>,
  list: MailchimpList,
  connection: string,
  sink: Sink,
  cursor: unknown,
): Promise<Synced | undefined> {
  const { signal } = new AbortController();
  const clock = () => new Date(now);
  try {
    return await sync({
      source,
      context: {
        settings: { list: list.id },
        credentials: { key: mailchimp.account.key },
        fields: fieldsOf(mapping),
        people: peopleOf(nobodyHere(), t.workspace),
        now: clock,
        http: createHttp({
          signal,
          meter: { calls: 0, bytes: 0 },
          now: clock,
          allowInternal: true,
          waitMs: () => 0,
        }),
      },
      cursor,
      since: cursor,
      records: recordsOf(t.engine.postgres, { connection, fence: 1 }, clock),
      sinks: [sink],
      map: mapperOf(mapping),
      forgetting: { isErased: () => false, forget: (record) => record },
      now: clock,
      signal,
      removalLimit: Number.POSITIVE_INFINITY,
    });
  } catch (error) {
    if (error instanceof Killed) return undefined;
    if (error instanceof Trouble && error.passing) return undefined;
    throw error;
  }
}

const histories = Number(process.env.HISTORIES ?? 150);

const nothing = {
  who: 0,
  value: 0,
  during: [],
  fault: 9,
  diesIn: Number.POSITIVE_INFINITY,
  diesAfter: false,
  full: false,
};
const during = (after: number, kind: Step['kind'], who: number) => ({
  during: [{ after, kind, who, value: 0 }],
});
/**
 * Somebody is deleted while a run dies, and in the next one somebody else is archived after those on the list were counted
 * and before the archive is read: the one made up for the other.
 */
const leftBetweenCounts: Step[] = [
  { ...nothing, kind: 'sync', fault: 0, diesIn: 1, ...during(1, 'add', 0) },
  { ...nothing, kind: 'sync', fault: 0, ...during(1, 'add', 0) },
  { ...nothing, kind: 'edit', who: 27, value: 2, diesIn: 1 },
  { ...nothing, kind: 'sync', fault: 0, diesIn: 1, ...during(1, 'readd', 25) },
  { ...nothing, kind: 'sync', fault: 0, ...during(5, 'archive', 16) },
];

describe('a list and what is made of it', () => {
  test('agree after every run that says so, whatever happens on the way', {
    timeout: Math.max(300_000, 1_000 * histories),
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stepOf, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 3, max: 6 }),
        history,
      ),
      { numRuns: histories, examples: [[leftBetweenCounts, 5]] },
    );
  });
});
