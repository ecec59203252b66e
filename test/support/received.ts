import { adhoc, type Engine } from '../../src/engine/index.ts';
import type { TestRapport } from './running.ts';

/** A message as it lies in the log, with what was recorded of its sender. */
export interface Received {
  country: string;
  user_agent: string;
  ip: string;
  message: {
    type: string;
    messageId: string;
    timestamp: string;
    anonymousId?: string;
    userId?: string;
    event?: string;
    name?: string;
    properties?: Record<string, unknown>;
    traits?: Record<string, unknown>;
    previousId?: string;
    groupId?: string;
    context: {
      page: { url: string; path: string; search: string; title: string; referrer: string };
      campaign?: Record<string, string>;
      sessionId: string;
      locale: string;
    };
  };
}

const all = adhoc(
  'test_received',
  `SELECT country, user_agent, ip, message FROM messages WHERE workspace = {workspace:UUID}`,
);

/** All messages of a workspace by their own time, each once, however often it was sent. */
export async function received({ clickhouse }: Engine, workspace: string): Promise<Received[]> {
  const rows = await clickhouse.rows<Omit<Received, 'message'> & { message: string }>(all, { workspace });
  const byId = new Map<string, Received>();
  for (const { message, ...sender } of rows) {
    const parsed = JSON.parse(message) as Received['message'];
    byId.set(parsed.messageId, { ...sender, message: parsed });
  }
  return [...byId.values()].sort((a, b) => (a.message.timestamp < b.message.timestamp ? -1 : 1));
}

const counted = adhoc(
  'test_event_counts',
  `SELECT name, count() AS count FROM events FINAL WHERE workspace = {workspace:UUID} GROUP BY name`,
);

/** Events of a workspace by name, each message once, when all that was accepted is processed. */
export async function eventCounts({
  engine,
  rooms,
  workspace,
}: TestRapport): Promise<Record<string, number>> {
  await rooms.log.processed();
  const rows = await engine.clickhouse.rows<{ name: string; count: number }>(counted, { workspace });
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}
