import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { pino } from 'pino';
import { createAccess } from '../../src/access/index.ts';
import { type ConnectionsOptions, createConnections } from '../../src/connections/index.ts';
import { openStore } from '../../src/connections/store.ts';
import { type App, adhoc } from '../../src/engine/index.ts';
import { createLog } from '../../src/log/index.ts';
import { openTestEngine } from './engine.ts';
import { startMailchimp } from './mailchimp/server.ts';

const valuesOf = adhoc(
  'test_values',
  'SELECT profile, key, text FROM profile_values WHERE workspace = {workspace:UUID}',
);

/** The room on the real engines, beside a Mailchimp whose clock is the test's. Calls wait for nothing. */
export async function openConnections(options: ConnectionsOptions = {}) {
  const lines: string[] = [];
  const kept = { write: (line: string) => void lines.push(line) };
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const access = createAccess(engine);
      const http = { waitMs: () => 0, timeoutMs: 2_000 };
      return [
        log,
        access,
        createConnections(engine, { log, access }, { allowInternal: true, http, ...options }),
      ] as const;
    },
    log: pino({ level: 'debug' }, process.env.TEST_LOG ? pino.destination(2) : kept),
  });
  const mailchimp = await startMailchimp({ now: () => t.clock.now().getTime(), shuffledTies: true });
  process.env.RAPPORT_MAILCHIMP_URL = mailchimp.url;
  const [log, access, connections] = t.rooms;
  const workspace = await access.workspaces.create('Shop', 'Europe/Berlin');
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  let asking = workspace;
  app.addHook('onRequest', async (request) => {
    request.workspace = asking;
  });
  await connections.routes?.(app);
  const minutes = (n: number) => t.clock.advance(n * 60_000);

  return {
    ...t,
    log,
    access,
    connections,
    mailchimp,
    app,
    lines,
    workspace: workspace.id,
    store: openStore(t.engine.postgres, t.clock),
    /** Requests through `app` come from this workspace now. */
    as: (other: typeof workspace) => {
      asking = other;
    },
    minutes,
    /** Creates a connection to a list, with the usual fields, and waits for its first run. */
    async connect(list: string, more: Partial<Parameters<typeof connections.create>[1]> = {}) {
      const { id } = await connections.create(workspace.id, {
        name: `List ${list}`,
        kind: 'mailchimp',
        settings: { list },
        credentials: { key: mailchimp.account.key },
        mapping: usualMapping,
        sinks: [{ kind: 'profiles', membership: `on_${list}` }],
        ...more,
      });
      await connections.idle();
      return id;
    },
    /** Runs it after so many minutes, and says how it then stands with it. */
    async sync(id: string, { full = false, after = 2 } = {}) {
      minutes(after);
      await connections.run(workspace.id, id, full);
      await connections.idle();
      return connections.get(workspace.id, id);
    },
    /** Everybody: profile → attribute → value, those taken away left out. */
    async people(): Promise<Record<string, Record<string, string>>> {
      const rows = await t.engine.clickhouse.rows<{ profile: string; key: string; text: string }>(valuesOf, {
        workspace: workspace.id,
      });
      const found: Record<string, Record<string, string>> = {};
      for (const { profile, key, text } of rows) {
        found[profile] ??= {};
        if (text !== '') found[profile][key] = text;
      }
      return found;
    },
    /** Removes every connection, so that none is run beside the next test's. */
    async clear() {
      for (const { id } of await connections.list(workspace.id)) await connections.remove(workspace.id, id);
      mailchimp.faults.clear();
    },
    async close() {
      await t.close();
      await mailchimp.close();
    },
  };
}
export type TestConnections = Awaited<ReturnType<typeof openConnections>>;

export const usualMapping = {
  identity: 'email_address',
  fields: [
    { field: 'email_address', attribute: 'email' },
    { field: 'merge_fields.FNAME', attribute: 'first_name' },
    { field: 'merge_fields.LNAME', attribute: 'last_name' },
    { field: 'status', attribute: 'status' },
  ],
};
