import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import { createLog } from '../log/index.ts';
import { createDelivery } from './index.ts';
import { waitAfter } from './sender.ts';
import type { DeliveryTables } from './tables.ts';

/** Everybody has an address; the content does not matter here. */
const profiles = {
  attributesOf: async (_workspace: string, ids: readonly string[]) =>
    new Map(ids.map((id) => [id, { email: `${id}@example.com`, first_name: id }])),
  attributesAmong: async () => [],
  list: async () => ({ items: [], total: 0, total_is_least: false, next_cursor: null }),
  addPanel: () => {},
};
const told: string[] = [];

const open = () =>
  openTestEngine({
    rooms: (engine) => {
      const log = {
        append: async (all: readonly { message: string }[]) => void told.push(...all.map((m) => m.message)),
      };
      const smtpTimeouts = { connect: 500, silence: 500 };
      return [
        createDelivery(engine, { log, profiles }, { background: false, smtpTimeouts }),
        createLog(engine),
      ] as const;
    },
  });
let t: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  t = await open();
});
afterAll(() => t.close());

const servers: SMTPServer[] = [];
afterAll(() => Promise.all(servers.map((server) => new Promise<void>((done) => server.close(() => done())))));

/** The npm `smtp-server`, behaving as told; the messages it took. */
async function serve(options: SMTPServerOptions = {}) {
  const taken: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        taken.push(Buffer.concat(chunks).toString());
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  return { taken, server, port: (server.server.address() as AddressInfo).port };
}

const refusal = (responseCode: number, message: string) =>
  Object.assign(new Error(message), { responseCode });
const idOf = (message: string) => /^Message-ID: (.*)$/im.exec(message)![1]!;

async function account(port: number, more: object = {}) {
  const delivery = t.rooms[0];
  const workspace = randomUUID();
  const { account: dev } = await delivery.sender(workspace);
  const db = t.engine.postgres.db.withTables<DeliveryTables>();
  const { id } = await db
    .insertInto('accounts')
    .values({
      workspace,
      name: 'SMTP',
      kind: 'smtp',
      sender: 'Äpfel & Co <shop@example.com>',
      settings: JSON.stringify({ host: '127.0.0.1', port, ...more }) as never,
      secrets: JSON.stringify({ password: t.engine.secrets.seal('right') }) as never,
      rate_per_second: 1_000,
      burst: 500,
      tokens: 500,
      refilled_at: t.clock.now(),
      paused_reason: null,
      created_at: t.clock.now(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  expect(dev).not.toBe(id);
  const campaign = randomUUID();
  const rows = () =>
    db.selectFrom('emails').selectAll().where('campaign', '=', campaign).orderBy('id').execute();
  return {
    id,
    rows,
    state: () => db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    activate: () =>
      db
        .updateTable('accounts')
        .set({ status: 'active', paused_reason: null })
        .where('id', '=', id)
        .execute(),
    async queue(people: string[]) {
      const sender = await delivery.sender(workspace, id);
      await db.transaction().execute(async (trx) => {
        const template = await delivery.saveTemplate(trx, workspace, {
          subject: 'Grüße {{ person.first_name }}',
          html: '<p>Hi</p>',
        });
        const letter = {
          workspace,
          campaign,
          campaignName: 'C',
          step: 's',
          sender,
          template,
          at: t.clock.now(),
        };
        await delivery.queueEmails(trx, letter, people);
      });
      await delivery.drain();
      return rows();
    },
    async later(ms: number) {
      t.clock.advance(ms);
      await delivery.drain();
      return rows();
    },
  };
}

describe('SMTP', () => {
  test('a taken email has its headers, both parts, and one Message-ID', async () => {
    const { taken, port } = await serve();
    const smtp = await account(port);
    const rows = await smtp.queue(Array.from({ length: 30 }, (_, i) => `person${i}`));
    expect(rows.every(({ status }) => status === 'sent')).toBe(true);
    // What the server said when it took it, which may name the email in its own log.
    expect(rows.every(({ provider_id }) => provider_id?.startsWith('250 '))).toBe(true);
    expect(taken).toHaveLength(30);
    expect(new Set(taken.map(idOf))).toEqual(new Set(rows.map(({ message_id }) => message_id)));
    const [message] = taken;
    expect(message).toMatch(/^From: =\?UTF-8\?.*<shop@example\.com>/m);
    expect(message).toMatch(/^List-Unsubscribe: <http:\/\/127\.0\.0\.1:4100\/u\/[\w-]+\.[\w-]+>\r$/m);
    expect(message).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
    expect(message).toContain('multipart/alternative');
  });

  test('refused with 5xx: failed, in the words of the server, and the others go through', async () => {
    const { taken, port } = await serve({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('bad') ? refusal(550, 'No such user here') : null),
    });
    const rows = await (await account(port)).queue(['bad', 'good']);
    expect(rows.map(({ status }) => status)).toEqual(['failed', 'sent']);
    expect(rows[0]!.last_error).toContain('550 No such user here');
    expect(taken).toHaveLength(1);
  });

  test('a server that has too much of it gets half, and no email is given up for it', async () => {
    let busy = true;
    const { taken, port } = await serve({
      onMailFrom: (_address, _session, done) => done(busy ? refusal(421, '4.7.0 Too many messages') : null),
    });
    const smtp = await account(port);
    const [row] = await smtp.queue(['ada']);
    expect(row).toMatchObject({ status: 'queued', attempts: 1, attempts_waived: 1 });
    expect(await smtp.state()).toMatchObject({ status: 'active', slowed_to: 0.5 });
    for (let n = 0; n < 12; n++) await smtp.later(10_000);
    const { slowed_to } = await smtp.state();
    expect(slowed_to).toBeLessThan(0.25);
    busy = false;
    expect((await smtp.later(30_000))[0]).toMatchObject({ status: 'sent' });
    expect(taken).toHaveLength(1);
  });

  test('when most of an account are refused, it pauses, and the rest waits', async () => {
    const { port } = await serve({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('bad') ? refusal(550, 'Looks like spam') : null),
    });
    const smtp = await account(port);
    const people = Array.from(
      { length: 90 },
      (_, n) => `${n % 4 === 0 ? 'good' : 'bad'}${String(n).padStart(2, '0')}`,
    );
    const rows = await smtp.queue(people.sort());
    const state = await smtp.state();
    expect(state).toMatchObject({ status: 'paused' });
    expect(state.paused_reason).toMatch(
      /^\d\d of the last 50 emails were refused for good\..*550 Looks like spam/,
    );
    const count = (status: string) => rows.filter((row) => row.status === status).length;
    // Those under way when it paused came to their end.
    expect(count('failed') + count('sent')).toBeLessThan(60);
    expect(count('queued')).toBeGreaterThan(30);
    expect(count('sending')).toBe(0);
  });

  test('refused with 4xx: tried again later, ever more patiently, then given up', async () => {
    let refuse = true;
    const { taken, port } = await serve({
      onRcptTo: (_address, _session, done) => done(refuse ? refusal(451, 'Busy') : null),
    });
    const smtp = await account(port);
    let [row] = await smtp.queue(['ada']);
    expect(row).toMatchObject({ status: 'queued', attempts: 1, last_error: expect.stringContaining('Busy') });
    [row] = await smtp.later(1_000);
    expect(row).toMatchObject({ attempts: 1 });
    [row] = await smtp.later(7_000);
    expect(row).toMatchObject({ status: 'queued', attempts: 2 });
    for (let i = 0; i < 6; i++) [row] = await smtp.later(20 * 60_000);
    expect(row).toMatchObject({ status: 'failed', attempts: 8 });
    refuse = false;
    const { message_id } = row!;
    await t.rooms[0].drain();
    const other = await smtp.queue(['bob']);
    expect(other.find(({ profile }) => profile === 'bob')).toMatchObject({ status: 'sent' });
    expect(taken.map(idOf)).not.toContain(message_id);
  });

  test('a connection dropped in the middle of the data: sent again with the same Message-ID', async () => {
    const seen: string[] = [];
    let drop = true;
    const { taken, port } = await serve({
      onData(stream, _session, done) {
        let text = '';
        stream.on('data', (chunk: Buffer) => {
          text += chunk;
        });
        stream.on('end', () => {
          seen.push(text);
          if (drop) for (const connection of connections()) connection._socket.destroy();
          else done();
        });
      },
    });
    const connections = () =>
      (servers.at(-1) as unknown as { connections: Set<{ _socket: import('node:net').Socket }> }).connections;
    const smtp = await account(port);
    const [row] = await smtp.queue(['ada']);
    expect(row).toMatchObject({ status: 'queued', attempts: 1 });
    drop = false;
    const [again] = await smtp.later(10_000);
    expect(again).toMatchObject({ status: 'sent', attempts: 2, message_id: row!.message_id });
    expect(seen.map(idOf)).toEqual([row!.message_id, row!.message_id]);
    expect(taken).toEqual([]);
  });

  test('a server that never answers, or is not there: given up in time and tried again', async () => {
    const { port } = await serve({ onRcptTo: () => {} });
    const slow = await account(port);
    const started = performance.now();
    const [row] = await slow.queue(['ada']);
    expect(row).toMatchObject({ status: 'queued', attempts: 1 });
    expect(performance.now() - started).toBeLessThan(5_000);
    const nowhere = await account(1);
    expect((await nowhere.queue(['ada']))[0]).toMatchObject({
      status: 'queued',
      last_error: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a wrong password pauses the account; nothing is lost, and nothing counts against the emails', async () => {
    let right = 'other';
    const { taken, port } = await serve({
      authOptional: false,
      onAuth: ({ password }, _session, done) =>
        password === right ? done(null, { user: 'me' }) : done(refusal(535, 'Wrong password')),
    });
    const smtp = await account(port, { user: 'me' });
    const people = Array.from({ length: 20 }, (_, i) => `p${i}`);
    const rows = await smtp.queue(people);
    expect(await smtp.state()).toMatchObject({
      status: 'paused',
      paused_reason: expect.stringContaining('535'),
    });
    expect(
      rows.every(
        ({ status, attempts, attempts_waived }) => status === 'queued' && attempts === attempts_waived,
      ),
    ).toBe(true);
    await smtp.later(3_600_000);
    right = 'right';
    await smtp.activate();
    await smtp.later(1_000);
    expect(taken).toHaveLength(20);
    expect((await smtp.rows()).every(({ status }) => status === 'sent')).toBe(true);
  });

  test('results are told with ids that are the same when told again', () => {
    const names = new Set(told.map((text) => JSON.parse(text).messageId.replace(/^email:[\w-]+:/, '')));
    expect(names).toEqual(new Set(['sent', 'failed:1', 'failed:8']));
  });
});

test('waits grow from 5 seconds to 15 minutes, spread by a fifth', () => {
  expect([1, 2, 3, 4, 5, 8].map((attempt) => waitAfter(attempt, () => 0.5))).toEqual([
    5_000, 20_000, 80_000, 320_000, 900_000, 900_000,
  ]);
  expect(waitAfter(1, () => 0)).toBe(4_000);
});
