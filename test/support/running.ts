import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Client, clientFor } from '../../src/cli/client.ts';
import { type Running, startRapport } from '../../src/rapport.ts';

export interface TestRapport extends Running {
  client: Client;
  dataDir: string;
  writeKey: string;
  workspace: string;
  /** Sends JSON to a collecting address with the write key. */
  send(
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Answer }>;
  close(): Promise<void>;
}

export interface Answer {
  success?: boolean;
  rejected?: number;
  results?: Record<string, unknown>[];
  error?: { code: string; message: string; field?: string; hint?: string };
}

/** The whole program in this process, on a temporary data directory and a free port. */
export async function startTestRapport(): Promise<TestRapport> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rapport-test-'));
  const log = pino({ level: process.env.TEST_LOG ?? 'silent' }, pino.destination({ dest: 2, sync: true }));
  const running = await startRapport({ dataDir, host: '127.0.0.1', port: 0, log });
  const client = clientFor(dataDir, {});
  const { key } = await client.post<{ key: string }>('/api/keys', { kind: 'write', name: 'test' });
  const { workspace } = await client.get<{ workspace: { id: string } }>('/api/me');
  return {
    ...running,
    client,
    dataDir,
    writeKey: key,
    workspace: workspace.id,
    async send(path, body, headers = {}) {
      const answer = await fetch(running.url + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Basic ${btoa(`${key}:`)}`,
          ...headers,
        },
        body:
          typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
      });
      return { status: answer.status, body: (await answer.json()) as Answer };
    },
    async close() {
      await running.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
