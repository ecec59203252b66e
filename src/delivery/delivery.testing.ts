import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { openTestEngine } from '../../test/support/engine.ts';
import { received } from '../../test/support/received.ts';
import { type App, Problem } from '../engine/index.ts';
import { createLog } from '../log/index.ts';
import { createProfiles } from '../profiles/index.ts';
import { createDelivery, eraseFromDelivery, exportEmailsOf } from './index.ts';
import type { KnownProgram, ProgramSender } from './programs.ts';
import type { Letter, Template } from './schema.ts';
import type { DeliveryTables } from './tables.ts';

/** The room on real engines, with its routes; nothing is done but by `drain()`. */
export async function openDelivery() {
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      eraseFromDelivery(engine, log);
      exportEmailsOf(engine, profiles);
      return [log, profiles, createDelivery(engine, { log, profiles }, { background: false })] as const;
    },
  });
  const [log, profiles, delivery] = t.rooms;
  const { workspace, clock } = t;
  const sender: ProgramSender = { name: null, address: null, reply_to: null };
  /** Loyalty programs of the workspace. */
  const programs = {
    gold: { id: randomUUID(), name: 'Gold & More', sender: { ...sender, name: 'Gold club' } } as KnownProgram,
    silver: { id: randomUUID(), name: 'Silver', sender },
  };
  delivery.knowPrograms(async (asked) => (asked === workspace ? Object.values(programs) : []));
  const db = t.engine.postgres.db.withTables<DeliveryTables>();
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request) => {
    request.workspace = { id: workspace, name: 'Shop', timezone: 'UTC', require_fresh_connections: false };
  });
  app.setErrorHandler((error, _request, reply) =>
    error instanceof Problem ? reply.status(error.status).send(error.toJSON()) : reply.send(error),
  );
  await delivery.routes?.(app);

  return {
    ...t,
    ...{ log, profiles, delivery, app, db, programs },

    identify: (userId: string, traits: Record<string, unknown>) => {
      clock.advance(1_000);
      const timestamp = clock.now().toISOString();
      const message = JSON.stringify({
        type: 'identify',
        messageId: randomUUID(),
        ...{ userId, traits, timestamp },
      });
      return log.append([{ workspace, source: 'http', receivedAt: clock.now(), message }]);
    },

    /** Queues an email to each and sends all that is due. @returns the rows of the ledger by person */
    async write(people: string[], template: Partial<Template> = {}, letter: Partial<Letter> = {}) {
      const campaign = randomUUID();
      await db.transaction().execute(async (trx) => {
        const id = await delivery.saveTemplate(trx, workspace, {
          subject: 'Hello',
          html: '<p>Hi</p><a href="{{ unsubscribe_url }}">Stop</a>',
          ...template,
        });
        const about = {
          workspace,
          campaign,
          campaignName: 'Test',
          step: 'one',
          template: id,
          at: clock.now(),
        };
        const sender = await delivery.sender(workspace);
        await delivery.queueEmails(trx, { ...about, sender, ...letter }, [...people].sort());
      });
      await delivery.drain();
      const rows = await db.selectFrom('emails').selectAll().where('campaign', '=', campaign).execute();
      return new Map(rows.map((row) => [row.profile, row]));
    },

    /** The last email in the dev mailbox to an address. */
    mailTo: (address: string) =>
      db
        .selectFrom('mailbox')
        .selectAll()
        .where('to', '=', address)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst(),

    /** Events of a person, in their order, as the log has them. */
    async events(person: string) {
      await delivery.drain();
      await log.processed();
      const all = await received(t.engine, workspace);
      return all
        .map(({ message }) => message)
        .filter(({ userId, type }) => userId === person && type === 'track');
    },

    get: async (url: string) => (await app.inject({ url })).json(),
    async send(method: 'POST' | 'PUT' | 'PATCH', url: string, payload: object) {
      const answer = await app.inject({ method, url, payload });
      return { status: answer.statusCode, body: answer.json() };
    },
    /** Where the last email to an address unsubscribes. */
    async linkOf(address: string): Promise<string> {
      const mail = await this.mailTo(address);
      const header = mail?.headers.find(({ name }) => name === 'List-Unsubscribe')?.value ?? '';
      return this.path(header.slice(1, -1));
    },
    /** What a browser sends when a form is sent off. */
    async post(url: string, fields: [string, string][] = []) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const payload = new URLSearchParams(fields).toString();
      const answer = await app.inject({ method: 'POST', url, headers, payload });
      return { status: answer.statusCode, body: answer.body };
    },
    /** A link as it stands in an email, without the server before it. */
    path: (url: string) => url.replace(t.engine.baseUrl, ''),
    async close() {
      await app.close();
      await t.close();
    },
  };
}
export type TestDelivery = Awaited<ReturnType<typeof openDelivery>>;
