import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Mailchimp, startMailchimp } from '../support/mailchimp/server.ts';
import { until } from '../support/poll.ts';
import { type RapportProcess, startProcess } from '../support/process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'rapport-stale-'));
let mailchimp: Mailchimp;
let rapport: RapportProcess;
let api: { url: string; key: string };
beforeAll(async () => {
  mailchimp = await startMailchimp();
  process.env.RAPPORT_MAILCHIMP_URL = mailchimp.url;
  process.env.RAPPORT_ALLOW_INTERNAL = '1';
  rapport = await startProcess(dataDir);
  const { key } = await rapport.client.post<{ key: string }>('/api/keys', {
    ...{ kind: 'api', name: 'test', role: 'admin' },
  });
  api = { url: rapport.url, key };
});
afterAll(async () => {
  await rapport?.stop();
  await mailchimp?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Answered {
  freshness: { connections: { id: string; name: string; as_of: string; state: string; stale: boolean }[] };
  error: { code: string; message: string; hint: string; field?: string };
  require_fresh_connections: boolean;
  workspace: { require_fresh_connections: boolean };
}
async function ask(method: string, path: string, body?: object) {
  const answer = await fetch(api.url + path, {
    method,
    headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, ...((await answer.json()) as Answered) };
}
const questions = [
  { question: 'totals', metrics: ['events'] },
  { question: 'series', metrics: ['people'], interval: 'day' },
  { question: 'top', metrics: ['events'], dimension: 'event' },
  { question: 'funnel', steps: [{ event: 'A' }, { event: 'B' }], window: { amount: 1, unit: 'day' } },
  { question: 'retention', interval: 'week' },
  { question: 'realtime' },
];
const query = (question: object = questions[0]!) => ask('POST', '/api/query', question);
const connect = (name: string, more: object = {}) =>
  rapport.client.post<{ id: string; state: string }>('/api/connections', {
    ...{ name, kind: 'mailchimp', settings: { list: 'friends' } },
    credentials: { key: mailchimp.account.key },
    mapping: {
      identity: 'email_address',
      fields: [
        { field: 'email_address', attribute: 'email' },
        { field: 'merge_fields.FNAME', attribute: 'first_name' },
        { field: 'merge_fields.LNAME', attribute: 'last_name' },
      ],
    },
    ...more,
  });
const stateOf = async (id: string) =>
  (await rapport.client.get<{ state: string; in_sync_as_of: string }>(`/api/connections/${id}`)).state;

test('without connections, answers name none, and a workspace that wants them fresh is answered', async () => {
  expect((await query()).freshness.connections).toEqual([]);
  expect((await ask('GET', '/api/me')).workspace.require_fresh_connections).toBe(false);
  const changed = await ask('PATCH', '/api/workspace', { require_fresh_connections: true });
  expect(changed).toMatchObject({ status: 200, require_fresh_connections: true });
  expect((await query()).status).toBe(200);
  const wrong = await ask('PATCH', '/api/workspace', { require_fresh_connections: 'yes' });
  expect(wrong).toMatchObject({ status: 400, error: { field: 'require_fresh_connections' } });
});

test('a list that was never in sync: every question is refused with the reason, until it is, or nobody minds', async () => {
  mailchimp.account.addList({ id: 'friends' }).add({ email: 'ann@shop.example' });
  mailchimp.account.revoke();
  const { id } = await connect('Friends');
  await until('the key to be refused', async () => (await stateOf(id)) === 'credentials_refused');
  for (const question of questions) {
    const { status, error } = await query(question);
    expect({ status, ...error }).toMatchObject({ status: 409, code: 'stale' });
    expect(error.message).toMatch(/^The connection Friends is not in sync yet\. .* refuses the key/);
    expect(error.hint).toContain(`/connections/${id}`);
    expect(JSON.stringify(error)).not.toContain(mailchimp.account.key);
  }
  const csv = await ask('POST', '/api/query?format=csv', questions[0]);
  expect(csv.status).toBe(409);
  // What is no report goes on: the overview tells beside it, suggestions only help to type.
  for (const path of ['/api/overview', '/api/metrics/dimensions/path/values', '/api/metrics/events']) {
    expect((await ask('GET', path)).status).toBe(200);
  }
  // A question that is not understood is told so first.
  expect(await query({ question: 'totals', metrics: ['nothing'] })).toMatchObject({ status: 400 });

  await ask('PATCH', '/api/workspace', { require_fresh_connections: false });
  const told = (await query()).freshness.connections;
  expect(told).toEqual([{ id, name: 'Friends', as_of: null, state: 'credentials_refused', stale: true }]);
  await ask('PATCH', '/api/workspace', { require_fresh_connections: true });

  mailchimp.account.restore();
  await rapport.client.post(`/api/connections/${id}/run`);
  await until('it to be in sync', async () => (await stateOf(id)) === 'in_sync');
  const { in_sync_as_of: asOf } = await rapport.client.get<{ in_sync_as_of: string }>(
    `/api/connections/${id}`,
  );
  for (const question of questions) {
    const { status, freshness } = await query(question);
    expect(status).toBe(200);
    expect(freshness.connections).toEqual([
      { id, name: 'Friends', as_of: asOf, state: 'in_sync', stale: false },
    ]);
  }
});

test('a connection that brings nobody into profiles is no part of any answer', async () => {
  const { id } = await connect('Elsewhere', {
    sinks: [{ kind: 'data_api', url: 'http://127.0.0.1:9/', removals: { how: 'none' } }],
    sink_credentials: { data_api: { secret: 'hush-hush' } },
  });
  const { status, freshness } = await query();
  expect(status).toBe(200);
  expect(freshness.connections.map((one) => one.id)).not.toContain(id);
});
