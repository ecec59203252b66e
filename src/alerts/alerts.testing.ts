import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { openTestEngine } from '../../test/support/engine.ts';
import { type App, Problem } from '../engine/index.ts';
import { type Alerts, createAlerts, type Subject } from './index.ts';
import type { AlertTables } from './tables.ts';

export const minute = 60_000;
export const hour = 60 * minute;

export const outage = {
  code: 'unreachable',
  message: 'It does not answer.',
  needsPerson: false,
  scope: 'own',
};
export const refused = {
  code: 'credentials_refused',
  message: 'The key is refused.',
  needsPerson: true,
  scope: 'a',
};

/** Somebody's server on the same machine, which keeps what it is sent. */
async function openReceiver() {
  const got: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  let answers: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    got.push({ path: request.url!, headers: request.headers, body });
    const status = answers.shift() ?? 200;
    response.writeHead(status).end(status === 200 ? 'ok' : 'not today');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    at: (path: string) => got.filter((one) => one.path === path),
    answer: (...statuses: number[]) => {
      answers = statuses;
    },
    close: () => server.close(),
  };
}

/** The HTTP routes of a room of alerts alone. Requests are of this workspace unless x-workspace says otherwise. */
export async function appOf(alerts: Alerts, workspace: string): Promise<App> {
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, _request, reply) =>
    error instanceof Problem ? reply.status(error.status).send(error.toJSON()) : reply.send(error),
  );
  app.addHook('onRequest', async (request) => {
    const id = (request.headers['x-workspace'] as string) ?? workspace;
    request.workspace = { id, name: 'Shop', timezone: 'UTC', require_fresh_connections: false };
  });
  await alerts.routes?.(app);
  return app;
}

export type TestAlerts = Awaited<ReturnType<typeof openAlerts>>;

/** The room on the real engines, watching what `subjects` says, beside somebody who is told. Nothing runs by itself. */
export async function openAlerts() {
  const receiver = await openReceiver();
  const { rooms, ...t } = await openTestEngine({
    rooms: (engine) => [createAlerts(engine, { background: false, allowInternal: true })] as const,
  });
  const [alerts] = rooms;
  const app = await appOf(alerts, t.workspace);
  const db = t.engine.postgres.db.withTables<AlertTables>();
  const a = {
    ...t,
    ...{ alerts, app, db, receiver },
    subjects: [] as Subject[],
    /** Thrown by whoever is asked for the subjects. */
    failing: undefined as Error | undefined,
    subjectsNow: async () => {
      if (a.failing) throw a.failing;
      return a.subjects.map((one) => ({ ...one, lagMs: t.clock.now().getTime() - one.wellAt!.getTime() }));
    },
    subject: (key: string, ageMs = 0): Subject => ({
      ...{ key, workspace: t.workspace, kind: 'mailchimp', name: `List ${key}` },
      ...{ path: `/connections/${key}`, paused: false, lagMs: 0, lateAfterMs: 2 * hour, trouble: null },
      wellAt: new Date(t.clock.now().getTime() - ageMs),
    }),
    async call(
      method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
      url: string,
      payload?: object,
      workspace?: string,
    ) {
      const answer = await app.inject({
        method,
        url: `/api/alerts${url}`,
        ...(payload && { payload }),
        ...(workspace && { headers: { 'x-workspace': workspace } }),
      });
      return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() };
    },
    channel: async (kind: string, more: object) =>
      (await a.call('POST', '/channels', { kind, name: kind, ...more })).body as {
        id: string;
        secret: string;
      },
    /** Time goes by, and it is looked at each step. */
    async pass(ms: number, stepMs = minute) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        t.clock.advance(stepMs);
        await alerts.lookNow();
      }
    },
    /** What the receiver was told there, in order. */
    types: (path: string) => receiver.at(path).map(({ body }) => JSON.parse(body).type),
    async reset() {
      a.subjects = [];
      a.failing = undefined;
      receiver.got.length = 0;
      receiver.answer();
      await db.deleteFrom('alert_incidents').execute();
      await db.deleteFrom('alert_channels').execute();
      await alerts.lookNow();
      // What a stop excuses is over.
      await a.pass(20 * minute, 4 * minute);
    },
    async close() {
      receiver.close();
      await t.close();
    },
  };
  alerts.watch('connection', a.subjectsNow);
  return a;
}
