import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { until } from '../support/poll.ts';
import { type RapportProcess, startProcess } from '../support/process.ts';
import { runs } from '../support/thorough.ts';

const kills = runs(4, 10);
const people = 4_000;
/** People who change before each kill. */
const changing = 600;
const cities = ['Chicago', 'Boston', 'Paris'];
const dataDir = mkdtempSync(join(tmpdir(), 'rapport-kill-'));
let rapport: RapportProcess | undefined;
afterAll(async () => {
  await rapport?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Segment {
  id: string;
  members: number;
  as_of: string | null;
  computing: boolean;
}

test(`${kills} kills while membership is computed: who is in is who should be, each change told once`, {
  timeout: 300_000,
}, async () => {
  rapport = await startProcess(dataDir);
  const { key } = await rapport.client.post<{ key: string }>('/api/keys', { kind: 'write', name: 'fault' });
  const send = async (path: string, body: object) => {
    const answer = await fetch(`${rapport!.url}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${key}:`)}` },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  };
  const city = new Map<string, string>();
  const live = async (from: number, count: number, shift: number) => {
    const batch = Array.from({ length: count }, (_, i) => {
      const n = (from + i) % people;
      const [userId, lives] = [`p${n}`, cities[(n + shift) % cities.length]!];
      city.set(userId, lives);
      return { type: 'identify', userId, timestamp: new Date().toISOString(), traits: { city: lives } };
    });
    for (let n = 0; n < batch.length; n += 200) await send('batch', { batch: batch.slice(n, n + 200) });
  };
  await live(0, people, 0);
  const make = async (name: string, rule: object) =>
    (await rapport!.client.post<Segment>('/api/segments', { name, rule })).id;
  const inChicago = { attribute: 'city', operator: 'equals', value: 'Chicago' };
  const chicago = await make('Chicago', inChicago);
  const elsewhere = await make('Elsewhere', { not: { segment: chicago } });
  const lately = await make('Lately in Chicago', {
    all: [inChicago, { not: { event: 'Order', within_last: { amount: 1, unit: 'hour' } } }],
  });

  for (let n = 0; n < kills; n++) {
    await live(n * 350, changing, n + 1);
    await sleep((n * 173) % 900);
    await rapport.kill();
    rapport = await startProcess(dataDir);
  }
  const { client } = rapport;
  const end = new Date().toISOString();
  const settled = (id: string) =>
    until(
      'the segments to be computed',
      async () => {
        const now = await client.get<Segment>(`/api/segments/${id}`);
        return now.as_of !== null && now.as_of > end && !now.computing && now;
      },
      90_000,
    );
  const should = (is: (city: string) => boolean) => [...city].filter(([, one]) => is(one)).map(([id]) => id);
  const expected = new Map([
    [chicago, new Set(should((one) => one === 'Chicago'))],
    [elsewhere, new Set(should((one) => one !== 'Chicago'))],
    [lately, new Set(should((one) => one === 'Chicago'))],
  ]);
  // Something happens, so that all are computed once more.
  await send('track', { userId: 'p0', event: 'Woke' });
  for (const [id, wanted] of expected) {
    await settled(id);
    await until('everybody to be in their segments', async () => {
      const { members } = await client.get<Segment>(`/api/segments/${id}`);
      return members === wanted.size;
    });
    const members: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await client.get<{ items: { id: string }[]; next_cursor: string | null }>(
        `/api/segments/${id}/members?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      members.push(...page.items.map((one) => one.id));
      if (!page.next_cursor) break;
      cursor = page.next_cursor;
    }
    expect(new Set(members)).toEqual(wanted);
    expect(members).toHaveLength(wanted.size);
  }
  // What was told of each: in, out, in, … without a word twice, and the last word is how it is.
  for (let n = 0; n < people; n += 97) {
    const { items } = await client.get<{ items: { name: string; properties: { segment_id: string } }[] }>(
      `/api/people/p${n}/timeline?limit=500`,
    );
    for (const [id, wanted] of expected) {
      const told = items.filter(({ properties }) => properties.segment_id === id).map(({ name }) => name);
      const inTurn = told.map((_, i) => (i % 2 === 0) === wanted.has(`p${n}`));
      expect(told, `p${n}`).toEqual(inTurn.map((entered) => (entered ? 'Segment Entered' : 'Segment Left')));
    }
  }
});
