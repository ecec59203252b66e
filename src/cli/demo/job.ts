import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../engine/index.ts';
import { type Import, loyaltyLocation, writeLoyaltyFiles } from '../../imports/index.ts';
import type { Client } from '../client.ts';
import { followImport, uploadFile } from '../import.ts';
import { bigSpender, loyaltyTarget, repeatBuyerOrders, type SegmentName } from './expect.ts';
import type { Shop } from './shop.ts';

/** The main job, step by step, through the public interfaces alone. */

export async function importFiles(client: Client, shop: Shop) {
  const folder = mkdtempSync(join(tmpdir(), 'rapport-demo-files-'));
  try {
    const { files } = await writeLoyaltyFiles({
      out: folder,
      locations: shop.locations,
      customersPerLocation: shop.customersPerLocation,
      seed: shop.seed,
    });
    const imported: Import[] = [];
    for (const { path } of files) {
      const done = await followImport(client, await uploadFile(client, path), false);
      if (done.status !== 'done') throw new Problem(500, 'import_failed', `${path}: ${done.error}`);
      imported.push(done);
    }
    const sum = (of: (one: Import) => number) => imported.reduce((total, one) => total + of(one), 0);
    return {
      files: files.length,
      written: files.reduce((total, file) => total + file.rows, 0),
      writtenBad: files.reduce((total, file) => total + file.bad, 0),
      rows: sum((one) => one.rows),
      ok: sum((one) => one.rows_ok),
      bad: sum((one) => one.rows_bad),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Segment {
  id: string;
  name: string;
  members: number | null;
  as_of: string | null;
}

/** Two segments by the API, one by the document of a loyalty campaign. Waits until all are computed. */
export async function makeSegments(client: Client, shop: Shop): Promise<Segment[]> {
  const names: SegmentName[] = ['Repeat buyers', 'Big spenders in one store', 'Spring reward'];
  await client.post('/api/segments', {
    name: names[0],
    rule: {
      event: 'Order Completed',
      count: { at_least: repeatBuyerOrders },
      within_last: { amount: 90, unit: 'day' },
    },
  });
  await client.post('/api/segments', {
    name: names[1],
    rule: {
      all: [
        { attribute: 'store_location', operator: 'equals', value: loyaltyLocation(0) },
        { attribute: 'lifetime_value', operator: 'greater_than', value: bigSpender },
      ],
    },
  });
  await client.send('POST', '/v1/cloudevents', {
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({
      specversion: '1.0',
      id: `demo-${shop.seed}`,
      source: 'https://shop.example/loyalty',
      type: 'example.shop.loyalty.campaign',
      time: shop.now.toISOString(),
      data: { name: names[2], target: loyaltyTarget },
    }),
  });
  const people = shop.locations * shop.customersPerLocation;
  return waitFor('segments to be computed', 30_000 + people / 5, async () => {
    const { items } = await client.get<{ items: Segment[] }>('/api/segments');
    const ours = items.filter(({ name }) => names.includes(name as SegmentName));
    return ours.length === names.length && ours.every(({ as_of }) => as_of !== null) ? ours : undefined;
  });
}

export const waitSeconds = 6;

const body = (heading: string, text: string) => `<h1>${heading}</h1>
<p>Hello {{ person.first_name | default: "there" }},</p>
<p>${text}</p>
<p>Your store: {{ person.store_location }}</p>
<p><a href="{{ unsubscribe_url }}">No more of these</a></p>`;

/** A drip of three steps. Its wait is seconds instead of days, for a demo. */
export async function startCampaign(client: Client, segment: string): Promise<string> {
  const { id } = await client.post<{ id: string }>('/api/campaigns', {
    name: 'Thank you, and come again',
    definition: {
      entry: { segments: [segment] },
      exit: { on_segment_left: false },
      steps: [
        {
          id: 'thanks',
          type: 'email',
          subject: 'Thank you, {{ person.first_name }}',
          html: body('Thank you', 'You ordered more than once lately. That is kind of you.'),
        },
        { id: 'pause', type: 'wait', seconds: waitSeconds },
        {
          id: 'come-again',
          type: 'email',
          subject: 'Something for your next visit',
          html: body('Come again', 'Your next coffee is on us.'),
        },
      ],
    },
  });
  await client.post(`/api/campaigns/${id}/start`);
  return id;
}

interface MailboxEmail {
  id: string;
  to: string;
  unsubscribe_url: string;
}

/** One person presses the unsubscribe button of the mail program (RFC 8058) after the first email. */
export async function unsubscribeOne(client: Client): Promise<string> {
  const first = await waitFor('the first email', 20_000, async () => {
    const { items } = await client.get<{ items: { id: string }[] }>('/api/mailbox?limit=1');
    return items[0];
  });
  const email = await client.get<MailboxEmail>(`/api/mailbox/${first.id}`);
  const answer = await fetch(email.unsubscribe_url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  });
  if (!answer.ok) throw new Problem(500, 'unsubscribe_failed', `Unsubscribing answered ${answer.status}.`);
  return email.to;
}

export interface Report {
  entered: number;
  active: number;
  completed: number;
  exited: number;
  emails: Record<
    'queued' | 'sending' | 'sent' | 'failed' | 'suppressed' | 'cancelled' | 'unsubscribed',
    number
  >;
}

/** Waits until everybody who entered has come to the end and every email is out. */
export function campaignDone(client: Client, id: string, people: number): Promise<Report> {
  return waitFor('the campaign to finish', 60_000 + people * 5, async () => {
    const report = await client.get<Report>(`/api/campaigns/${id}/report`);
    const { entered, active, emails } = report;
    return entered >= people && active === 0 && emails.queued + emails.sending === 0 ? report : undefined;
  });
}

/** Asks again and again until there is an answer. */
export async function waitFor<T>(what: string, ms: number, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) {
      throw new Problem(500, 'demo_timeout', `Waited ${Math.round(ms / 1_000)} s for ${what}.`);
    }
    await sleep(200);
  }
}
