import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import { inWorkspace } from '../src/cli/client.ts';
import type { Letter } from '../src/delivery/index.ts';
import { startRapport } from '../src/rapport.ts';
import { fill } from './segments.fill.ts';

/** An email as shops write them: five attributes of the person, a condition, a filter, the link to leave. */
export const template = {
  subject: '{{ person.first_name }}, {{ person.lifetime_value | times: 2 }} points wait in {{ person.city }}',
  html: `<html><body><h1>Hello {{ person.first_name }} {{ person.last_name }}</h1>
<p>You are one of our {% if person.tier == "gold" %}best{% else %}dearest{% endif %} customers in {{ person.city }}.
So far you spent <strong>{{ person.lifetime_value }}</strong> with {{ workspace.name }}.</p>
<table><tr><td><a href="https://shop.example/new">See what is new</a></td></tr></table>
<p><a href="{{ unsubscribe_url }}">No more emails</a></p></body></html>`,
};

/** The whole program on a temporary directory, with workspaces of people. */
export async function openHouse() {
  const dataDir = mkdtempSync(join(tmpdir(), 'rapport-bench-'));
  process.env.RAPPORT_ALLOW_INTERNAL = '1';
  const running = await startRapport({ dataDir, host: '127.0.0.1', port: 0, log: pino({ level: 'error' }) });
  // Segments are computed when the bench says so, and nobody looks at hours.
  await running.rooms.metrics.stop?.();
  await running.rooms.segments.stop?.();
  const { engine, rooms } = running;

  async function reasonIn(campaign: string): Promise<string> {
    const { rows } = await sql<{ status: string; last_error: string | null }>`
      SELECT status, last_error FROM emails
      WHERE campaign = ${campaign} AND status IN ('failed', 'suppressed', 'held') LIMIT 1`.execute(
      engine.postgres.db,
    );
    return JSON.stringify(rows[0]);
  }

  return {
    ...running,

    async workspaceOf(people: number): Promise<string> {
      const { id } = await rooms.access.workspaces.create(`Bench of ${people}`, 'Europe/Berlin');
      await fill(engine.clickhouse, id, people, engine.clock.now(), () => {}, false);
      return id;
    },

    /** An account without a limit of its own, the workspace's default. */
    async account(
      workspace: string,
      given: { name: string; kind: string; settings?: object },
    ): Promise<string> {
      const { id } = await inWorkspace(dataDir, workspace).post<{ id: string }>('/api/accounts', {
        ...given,
        from: 'Bench <bench@shop.example>',
        rate_per_second: 100_000,
        is_default: true,
      });
      return id;
    },

    async pauseAccount(workspace: string, id: string, paused: boolean): Promise<void> {
      await inWorkspace(dataDir, workspace).send('PATCH', `/api/accounts/${id}`, {
        body: JSON.stringify({ status: paused ? 'paused' : 'active' }),
        headers: { 'content-type': 'application/json' },
      });
    },

    /** Queues one email for each of so many people, by the room's face. */
    async queue(letter: Letter, people: number): Promise<void> {
      const ids = Array.from({ length: people }, (_, n) => `customer${n}`).sort();
      for (let from = 0; from < people; from += 5_000) {
        await engine.postgres.db
          .transaction()
          .execute((trx) => rooms.delivery.queueEmails(trx, letter, ids.slice(from, from + 5_000)));
      }
    },

    async letter(workspace: string): Promise<Letter> {
      const { db } = engine.postgres;
      return {
        workspace,
        campaign: crypto.randomUUID(),
        campaignName: 'Bench',
        step: 'one',
        sender: await rooms.delivery.sender(workspace),
        template: await db
          .transaction()
          .execute((trx) => rooms.delivery.saveTemplate(trx, workspace, template)),
        at: engine.clock.now(),
      };
    },

    /**
     * Waits until so many emails of a campaign are sent.
     * @returns when the last one was, in milliseconds since 1970
     */
    async sent(campaign: string, emails: number): Promise<number> {
      await rarely(async () => {
        const counts = [...(await rooms.delivery.countEmails(campaign)).values()];
        if (counts.some(({ failed, suppressed, held }) => failed + suppressed + held > 0))
          throw new Error(`not all could be sent: ${await reasonIn(campaign)}`);
        return counts.reduce((sum, one) => sum + one.sent, 0) >= emails;
      });
      const { rows } = await sql<{ at: Date }>`
        SELECT max(sent_at) AS at FROM emails WHERE campaign = ${campaign}`.execute(engine.postgres.db);
      return rows[0]!.at.getTime();
    },

    async close(): Promise<void> {
      await running.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
export type House = Awaited<ReturnType<typeof openHouse>>;

/** Asks until it is so, for a twentieth of the time at most: counting millions takes what is measured. */
export async function rarely(ask: () => Promise<boolean>): Promise<void> {
  for (;;) {
    const began = performance.now();
    if (await ask()) return;
    await sleep(Math.max(100, 20 * (performance.now() - began)));
  }
}
