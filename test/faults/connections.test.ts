import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { ShownConnection } from '../../src/connections/index.ts';
import { seeded } from '../support/faults.ts';
import type { Member } from '../support/mailchimp/list.ts';
import { until } from '../support/poll.ts';
import { type RapportProcess, startProcess } from '../support/process.ts';
import {
  dataApiProcess,
  type MailchimpProcess,
  mailchimpProcess,
  type StandIn,
} from '../support/stand-ins.ts';
import { runs } from '../support/thorough.ts';

const kills = runs(4, 10);
const members = 2_000;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const chance = seeded(seed);
const dataDir = mkdtempSync(join(tmpdir(), 'rapport-kill-'));
let rapport: RapportProcess | undefined;
let mailchimp: MailchimpProcess;
let api: StandIn;
afterAll(async () => {
  await rapport?.stop();
  await mailchimp?.stop();
  await api?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** What each contact was, in the order it happened: from this time on, by the clock all share. */
type History = Map<string, { at: number; name: string | undefined }[]>;

test(`${kills} kills during syncs of a list that changes: both sides equal, T never after the truth (SEED=${seed})`, {
  timeout: 300_000,
}, async () => {
  mailchimp = await mailchimpProcess(['--members', String(members)]);
  api = await dataApiProcess(['--secret', 'hush']);
  process.env.RAPPORT_MAILCHIMP_URL = mailchimp.said.RAPPORT_MAILCHIMP_URL;
  process.env.RAPPORT_ALLOW_INTERNAL = '1';
  rapport = await startProcess(dataDir);
  const history = await begun();
  const { id } = await rapport.client.post<ShownConnection>('/api/connections', {
    name: 'Friends',
    kind: 'mailchimp',
    settings: { list: 'main' },
    credentials: { key: mailchimp.said.key },
    mapping: {
      identity: 'email_address',
      fields: [
        { field: 'email_address', attribute: 'email' },
        { field: 'merge_fields.FNAME', attribute: 'first_name' },
        { field: 'merge_fields.LNAME', attribute: 'last_name' },
      ],
    },
    sinks: [
      { kind: 'profiles', membership: 'on_list' },
      { kind: 'data_api', url: api.said.url, batch_size: 100 },
    ],
    sink_credentials: { data_api: { secret: 'hush' } },
  });
  const get = () => rapport!.client.get<ShownConnection>(`/api/connections/${id}`);

  for (let n = 0; n < kills; n++) {
    await change(history, n);
    await rapport.client.post(`/api/connections/${id}/${chance() < 0.3 ? 'full' : 'run'}`);
    await change(history, n);
    await sleep(chance() * 1_500);
    await rapport.kill();
    rapport = await startProcess(dataDir);
    // T is read first: what it says, what is held a moment later must keep.
    expect(lies(history, (await get()).in_sync_as_of, await held())).toEqual([]);
  }

  const last = Date.now();
  const end = await until(
    'the last sync',
    async () => {
      const now = await get();
      if (now.in_sync_as_of !== null && Date.parse(now.in_sync_as_of) > last) return now;
      if (now.last_run?.status !== 'running') await rapport!.client.post(`/api/connections/${id}/run`);
      await sleep(500);
      return false;
    },
    120_000,
  );
  expect(end).toMatchObject({ trouble: null, dead_letters: 0 });
  const truth = Object.fromEntries(
    [...history].flatMap(([contact, versions]) => {
      const { name } = versions.at(-1)!;
      return name === undefined ? [] : [[contact, name]];
    }),
  );
  expect(Object.fromEntries(await held())).toEqual(truth);
  expect(end.records).toBe(Object.keys(truth).length);
  const { count } = await rapport.client.post<{ count: number }>('/api/segments/count', {
    rule: { attribute: 'on_list', operator: 'exists' },
  });
  expect(count).toBe(Object.keys(truth).length);
});

async function begun(): Promise<History> {
  const all = await mailchimp.order<Member[]>({ list: 'main', do: 'members', with: [] });
  return new Map(
    all.map(({ contact_id, merge_fields }) => [contact_id, [{ at: 0, name: String(merge_fields.FNAME) }]]),
  );
}

/** Some edits, removals and new members. */
async function change(history: History, round: number): Promise<void> {
  const order = <T>(what: string, ...args: unknown[]) =>
    mailchimp.order<T>({ list: 'main', do: what, with: args });
  const there = [...history].filter(([, versions]) => versions.at(-1)!.name !== undefined);
  for (let n = 0; n < 15; n++) {
    const [contact, versions] = there[Math.floor(chance() * there.length)]!;
    if (versions.at(-1)!.name === undefined) continue;
    const name = `Round ${round}.${n}`;
    const kind = chance();
    if (kind < 0.6) await order('edit', contact, { merge: { FNAME: name } });
    else if (kind < 0.8) await order(chance() < 0.5 ? 'deletePermanently' : 'archive', contact);
    else {
      const email = `new${round}x${n}x${Math.floor(chance() * 1e9)}@shop.example`;
      const added = await order<Member>('add', { email, merge: { FNAME: name } });
      history.set(added.contact_id, [
        { at: 0, name: undefined },
        { at: Date.now(), name },
      ]);
      continue;
    }
    versions.push({ at: Date.now(), name: kind < 0.6 ? name : undefined });
  }
}

/** What the data API holds: contact → first name. */
async function held(): Promise<Map<string, string>> {
  const answer = await fetch(api.said.url!, { headers: { Authorisation: 'hush' } });
  const records = (await answer.json()) as { id: string; firstname: string }[];
  return new Map(records.map(({ id, firstname }) => [id, firstname]));
}

/** Contacts held as they last were before T, although they were another then. */
function lies(history: History, asOf: string | null, now: Map<string, string>): string[] {
  if (asOf === null) return [];
  const since = Date.parse(asOf);
  return [...history].flatMap(([contact, versions]) => {
    const may = versions
      .filter((_, n) => (versions[n + 1]?.at ?? Number.POSITIVE_INFINITY) > since)
      .map(({ name }) => name);
    const is = now.get(contact);
    return may.includes(is) ? [] : [`${contact} is ${is}, was since T ${may.join(' / ')}`];
  });
}
