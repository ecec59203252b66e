import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openTestEngine } from '../test/support/engine.ts';
import { createAccess } from './access/index.ts';
import { createAlerts } from './alerts/index.ts';
import { createConnections } from './connections/index.ts';
import { createDelivery } from './delivery/index.ts';
import type { App } from './engine/index.ts';
import { systemRoutes } from './http/system.ts';
import { createLog } from './log/index.ts';
import { createProfiles } from './profiles/index.ts';
import { watchAccounts, watchConnections, watchWorkers } from './watches.ts';

const minute = 60_000;

/** A file that can be taken away, and what is told. */
async function openOutside() {
  const told: { title: string; type: string }[] = [];
  let pings = 0;
  let fileStatus = 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url === '/ping') pings++;
    if (request.url === '/hook') told.push(JSON.parse(Buffer.concat(chunks).toString()));
    if (request.url === '/file') response.writeHead(fileStatus).end('id,email\n1,ada@example.com\n');
    else response.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    pings: () => pings,
    answerFile: (status: number) => {
      fileStatus = status;
    },
    close: () => server.close(),
  };
}

const open = async () => {
  const outside = await openOutside();
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const access = createAccess(engine);
      const alerts = createAlerts(engine, {
        background: false,
        allowInternal: true,
        heartbeatUrl: `${outside.url}/ping`,
      });
      const profiles = createProfiles(engine, { log });
      const delivery = createDelivery(engine, { log, profiles, access });
      const http = { waitMs: () => 0, timeoutMs: 2_000 };
      const connections = createConnections(engine, { log, access }, { allowInternal: true, http });
      alerts.sendEmailBy(delivery.sendNotice);
      watchConnections(alerts, connections);
      watchAccounts(engine, alerts, delivery);
      watchWorkers(alerts, { connections, delivery });
      return [log, access, alerts, profiles, delivery, connections] as const;
    },
  });
  const [log, access, alerts, , , connections] = t.rooms;
  const workspace = await access.workspaces.create('Shop', 'UTC');
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request) => {
    request.workspace = workspace;
  });
  await alerts.routes?.(app);
  systemRoutes(app, t.engine, { log, connections });
  return { ...t, outside, alerts, connections, app, workspace: workspace.id };
};
let t: Awaited<ReturnType<typeof open>>;
let connection: string;

beforeAll(async () => {
  t = await open();
  const made = await t.connections.create(t.workspace, {
    name: 'Guests',
    kind: 'file',
    settings: { url: `${t.outside.url}/file`, id: 'id' },
    credentials: {},
    mapping: { identity: 'email', fields: [{ field: 'email', attribute: 'email' }] },
  });
  connection = made.id;
  await t.connections.idle();
  await t.app.inject({
    method: 'POST',
    url: '/api/alerts/channels',
    payload: { kind: 'webhook', name: 'hook', url: `${t.outside.url}/hook` },
  });
  await pass(20);
});
beforeEach(() => {
  t.outside.told.length = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await t.close();
  t.outside.close();
});

/** Minutes go by; the connection runs every twenty. */
async function pass(minutes: number, work = true): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 4) {
    t.clock.advance(4 * minute);
    if (work && passed % 20 === 0) {
      await t.connections.run(t.workspace, connection, false);
      await t.connections.idle();
    }
    await t.alerts.lookNow();
  }
}
const titles = () => t.outside.told.map(({ title }) => title);
const incidents = () => t.alerts.incidents(t.workspace, true);

describe('accounts emails go out through', () => {
  const set = (name: string, stopped: Date | null) =>
    t.engine.postgres.pool.query(
      `INSERT INTO accounts (workspace, name, kind, sender, rate_per_second, burst, tokens, refilled_at, created_at,
                             status, paused_reason, stopped_at)
       VALUES ($1, $2, 'ses', 'shop@example.com', 10, 5, 5, $3, $3, $4, 'Sending paused for this account.', $5)
       ON CONFLICT (workspace, name) DO UPDATE SET status = $4, stopped_at = $5`,
      [t.workspace, name, t.clock.now(), stopped ? 'paused' : 'active', stopped],
    );

  test('are told of when their provider refuses them, and when somebody resumed them', async () => {
    await set('By SES', t.clock.now());
    await set('By SES too', t.clock.now());
    await pass(4);
    expect(titles()).toEqual(['2 accounts (ses) need somebody']);
    const [told] = t.outside.told;
    expect(told).toMatchObject({ url: expect.stringMatching(/\/settings\?tab=accounts$/) });
    expect((told as { text?: string }).text).toContain(
      'refuses it: Sending paused for this account. Emails wait',
    );
    expect((told as { text?: string }).text).not.toContain('sync');
    await set('By SES', null);
    await set('By SES too', null);
    await pass(4);
    expect(titles().slice(1)).toEqual(['2 accounts (ses) are well again; it lasted 4 min']);
    expect(await incidents()).toEqual([]);
  });

  test('are nothing to tell of when a person paused them', async () => {
    await set('By hand', null);
    await t.engine.postgres.pool.query("UPDATE accounts SET status = 'paused' WHERE name = 'By hand'");
    await pass(8);
    expect(titles()).toEqual([]);
  });
});

describe('connections', () => {
  test('whose list is gone are told of at once, and when it is back', async () => {
    t.outside.answerFile(404);
    await pass(4);
    expect(titles()).toEqual(['Guests needs somebody']);
    expect(await incidents()).toMatchObject([
      { cause: 'gone', kind: 'file', members: [{ name: 'Guests', path: `/connections/${connection}` }] },
    ]);
    t.outside.answerFile(200);
    await pass(4);
    expect(titles()).toEqual(['Guests needs somebody', 'Guests is well again; it lasted 4 min']);
    expect(await incidents()).toEqual([]);
  });

  test('whose list does not answer for an hour are nothing; for three hours they are', async () => {
    t.outside.answerFile(503);
    await pass(60);
    t.outside.answerFile(200);
    await pass(8);
    expect(titles()).toEqual([]);
    t.outside.answerFile(503);
    await pass(132);
    expect(titles()).toEqual(['Guests has fallen behind']);
    t.outside.answerFile(200);
    await pass(12);
    expect(titles()).toHaveLength(2);
  });

  test('are told of by email from the default account, and the test says where it went', async () => {
    const made = await t.app.inject({
      method: 'POST',
      url: '/api/alerts/channels',
      payload: { kind: 'email', name: 'mail', to: 'ops@example.com' },
    });
    const { id } = made.json();
    const tested = await t.app.inject({ method: 'POST', url: `/api/alerts/channels/${id}/test` });
    expect(tested.json()).toMatchObject({ arrived: true, said: expect.stringContaining('dev mailbox') });
    t.outside.answerFile(404);
    await pass(4);
    const { rows } = await t.engine.postgres.pool.query(
      'SELECT "to", subject, text, html, message_id FROM mailbox ORDER BY id',
    );
    expect(rows).toMatchObject([
      { to: 'ops@example.com', subject: 'Test from Rapport' },
      {
        to: 'ops@example.com',
        subject: 'Guests needs somebody',
        text: expect.stringContaining('/connections/'),
      },
    ]);
    t.outside.answerFile(200);
    await pass(4);
    await t.app.inject({ method: 'DELETE', url: `/api/alerts/channels/${id}` });
  });

  test('have their figures', async () => {
    await pass(4);
    const { body } = await t.app.inject({ url: '/metrics' });
    expect(body).toContain('rapport_connections{state="in_sync"} 1');
    expect(body).toContain('rapport_connections{state="failing"} 0');
    expect(body).toContain('rapport_connections_lag_seconds{state="in_sync"} 0');
    expect(body).toContain('rapport_connections_last_success_seconds 0');
    expect(body).toMatch(/rapport_connections_quiet_seconds 0\.\d+/);
  });
});

describe('the heartbeat', () => {
  /** Time as this process counts it goes on, without anybody waiting. */
  const later = (ms: number) => {
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + ms);
  };

  test('goes out while all is well', async () => {
    const before = t.outside.pings();
    expect(await t.alerts.beat()).toEqual([]);
    expect(t.outside.pings()).toBe(before + 1);
  });

  test('stays out when an engine does not answer', async () => {
    const before = t.outside.pings();
    vi.spyOn(t.engine.clickhouse, 'ping').mockRejectedValue(new Error('gone'));
    expect(await t.alerts.beat()).toEqual(['ClickHouse: gone']);
    vi.restoreAllMocks();
    vi.spyOn(t.engine.postgres, 'ping').mockRejectedValue(new Error('gone'));
    expect(await t.alerts.beat()).toEqual(['PostgreSQL: gone']);
    expect(t.outside.pings()).toBe(before);
  });

  // The last one: nothing works any more afterwards.
  test('stays out when the scheduler hangs while the process lives, and alerts are raised', async () => {
    await pass(4);
    const before = t.outside.pings();
    await t.connections.stop?.();
    later(31_000);
    const unwell = await t.alerts.beat();
    expect(unwell).toEqual([
      expect.stringMatching(/^scheduler of connections: did not look for work for 3\d s$/),
      ...unwell.slice(1),
    ]);
    expect(t.outside.pings()).toBe(before);
    await pass(132, false);
    expect(titles()).toEqual(['Guests has fallen behind']);
    vi.restoreAllMocks();
    later(16 * minute);
    expect(await t.alerts.beat()).toEqual(
      expect.arrayContaining(['workers of connections: 1 are late, and no run has ended for 15 min']),
    );
  });
});
