import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { openTestEngine } from '../../test/support/engine.ts';
import { type App, adhoc, Problem } from '../engine/index.ts';
import { createLog } from '../log/index.ts';
import { createImports, type Import, type ImportSource, type Imports } from './index.ts';

/** The workspace of requests. */
export const here = {
  id: '018f3e00-0000-7000-8000-000000000001',
  name: 'Test',
  timezone: 'Europe/Berlin',
  require_fresh_connections: false,
};

let workspaces = 0;
export const freshWorkspace = () =>
  `018f3e00-0000-7000-8000-${String(++workspaces + 1000).padStart(12, '0')}`;

const values = adhoc(
  'test_values',
  'SELECT profile, key, text FROM profile_values WHERE workspace = {workspace:UUID} ORDER BY profile, key',
);
const messages = adhoc(
  'test_messages',
  'SELECT count() AS n FROM messages WHERE workspace = {workspace:UUID}',
);

export type ImportsHouse = Awaited<ReturnType<typeof openImports>>;

/** The room on real engines, with its routes. */
export async function openImports(options: Parameters<typeof createImports>[2] = {}) {
  const access = { workspaces: { get: async (id: string) => ({ ...here, id }), list: async () => [here] } };
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      return [log, createImports(engine, { log, access }, options)] as const;
    },
  });
  const [log, imports] = t.rooms;
  let taking: Imports = imports;
  const app = Fastify() as unknown as App;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, _request, reply) =>
    error instanceof Problem ? reply.status(error.status).send(error.toJSON()) : reply.send(error),
  );
  await app.register(multipart);
  app.addHook('onRequest', async (request) => {
    request.workspace = here;
  });
  await imports.routes?.(app);

  return {
    engine: t.engine,
    clock: t.clock,
    dataDir: t.dataDir,
    below: { log, access },
    imports,
    app,

    async take(
      text: string | Buffer,
      workspace = freshWorkspace(),
      more: Partial<ImportSource> = {},
    ): Promise<Import> {
      const stream = Readable.from([Buffer.from(text as string)]);
      const { id } = await taking.importFile(workspace, { stream, fileName: 'test.csv', ...more });
      return taking.wait(workspace, id);
    },

    /** From now on another room takes the files; the first one was stopped. */
    takeBy(other: Imports): void {
      taking = other;
    },

    /** The attributes of everybody, by profile. */
    async people(workspace: string): Promise<Record<string, Record<string, string>>> {
      const found: Record<string, Record<string, string>> = {};
      const rows = await t.engine.clickhouse.rows<{ profile: string; key: string; text: string }>(values, {
        workspace,
      });
      for (const { profile, key, text } of rows) {
        found[profile] ??= {};
        found[profile][key] = text;
      }
      return found;
    },

    countMessages: async (workspace: string) =>
      (await t.engine.clickhouse.row<{ n: number }>(messages, { workspace })).n,

    async close() {
      await app.close();
      await t.close();
    },
  };
}
