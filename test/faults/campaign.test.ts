import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { uploadFile } from '../../src/cli/import.ts';
import { until } from '../support/poll.ts';
import { type RapportProcess, startProcess } from '../support/process.ts';
import { runs } from '../support/thorough.ts';

const kills = runs(4, 10);
const people = 8_000;
const dataDir = mkdtempSync(join(tmpdir(), 'rapport-kill-'));
let rapport: RapportProcess | undefined;
afterAll(async () => {
  await rapport?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Report {
  entered: number;
  active: number;
  emails: { queued: number; sending: number; sent: number; failed: number };
}

test(`${kills} kills during a campaign: nobody skipped, nobody written to twice`, {
  timeout: 300_000,
}, async () => {
  const file = join(dataDir, 'people.csv');
  rapport = await startProcess(dataDir);
  const rows = Array.from({ length: people }, (_, n) => `Ann,Number${n},ann${n}@shop.example,${n}`);
  writeFileSync(file, `First Name,Last Name,Email,LTV\n${rows.join('\n')}\n`);
  await uploadFile(rapport.client, file);
  const { id: segment } = await rapport.client.post<{ id: string }>('/api/segments', {
    name: 'Everybody with an address',
    rule: { attribute: 'email', operator: 'exists' },
  });
  const { id } = await rapport.client.post<{ id: string }>('/api/campaigns', {
    name: 'Twice',
    definition: {
      entry: { segments: [segment] },
      exit: { on_segment_left: false },
      steps: [
        { id: 'one', type: 'email', subject: 'One', html: '<p>One</p>' },
        { id: 'wait', type: 'wait', seconds: 2 },
        { id: 'two', type: 'email', subject: 'Two', html: '<p>Two</p>' },
      ],
    },
  });
  await rapport.client.post(`/api/campaigns/${id}/start`);

  for (let n = 0; n < kills; n++) {
    await sleep(200 + ((n * 397) % 1_200));
    await rapport.kill();
    rapport = await startProcess(dataDir);
  }
  const { client } = rapport;
  const report = await until(
    'the campaign to finish',
    async () => {
      const now = await client.get<Report>(`/api/campaigns/${id}/report`);
      return now.entered >= people && now.active === 0 && now.emails.queued + now.emails.sending === 0 && now;
    },
    120_000,
  );

  expect(report.entered).toBe(people);
  expect(report.emails).toMatchObject({ sent: 2 * people, failed: 0 });
  const received = new Map<string, number>();
  for (let cursor = ''; ; ) {
    const page = await client.get<{ items: { to: string; subject: string }[]; next_cursor: string | null }>(
      `/api/mailbox?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { to, subject } of page.items) {
      received.set(`${to} ${subject}`, (received.get(`${to} ${subject}`) ?? 0) + 1);
    }
    if (!page.next_cursor) break;
    cursor = page.next_cursor;
  }
  expect([...received].filter(([, times]) => times !== 1)).toEqual([]);
  expect(received.size).toBe(2 * people);
});
