import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { Problem } from '../problem.ts';

/** Wrong in a way that waiting does not mend: password, user, database, rights, address. */
const PERMANENT = /^(28|3D|42|0A)/;
const OLDEST = 180_000;

/** `postgres://user@host:5432/name`, without the password and options. */
export function withoutPassword(databaseUrl: string): string {
  try {
    const { protocol, username, host, pathname } = new URL(databaseUrl);
    return `${protocol}//${username ? `${username}@` : ''}${host}${pathname}`;
  } catch {
    return 'DATABASE_URL';
  }
}

/**
 * Waits until the server of DATABASE_URL answers, trying again with growing pauses.
 * @throws Problem `postgres_unreachable` (which server, and why), `postgres_too_old`
 */
export async function awaitServer(
  config: pg.PoolConfig,
  server: string,
  { log, signal, withinMs = 60_000 }: { log: Logger; signal?: AbortSignal; withinMs?: number },
): Promise<void> {
  const end = Date.now() + withinMs;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5_000)) {
    signal?.throwIfAborted();
    try {
      return await check(config, server);
    } catch (cause) {
      if (cause instanceof Problem) throw cause;
      const { code = '', message } = describeError(cause);
      if (PERMANENT.test(code) || Date.now() + wait > end) {
        throw new Problem(
          503,
          'postgres_unreachable',
          `PostgreSQL at ${server} cannot be used: ${message}.`,
          {
            hint: 'Check DATABASE_URL, and that the server runs and lets this machine in.',
            cause,
          },
        );
      }
      log.warn({ server, reason: message, retryInMs: wait }, 'PostgreSQL does not answer; trying again');
      await sleep(wait, undefined, { signal });
    }
  }
}

async function check(config: pg.PoolConfig, server: string): Promise<void> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query('SHOW server_version_num');
    const version = Number(rows[0]?.server_version_num);
    if (version >= OLDEST) return;
    throw new Problem(
      500,
      'postgres_too_old',
      `PostgreSQL at ${server} is version ${Math.floor(version / 10_000)}; Rapport needs 18 or newer.`,
      { hint: 'Upgrade the server, or leave DATABASE_URL out to use the embedded one.' },
    );
  } finally {
    await client.end().catch(() => {});
  }
}

/** Several addresses of one name fail together in one AggregateError without a message. */
function describeError(error: unknown): { code?: string; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return describeError(error.errors[0]);
  const { code, message } = error as Error & { code?: string };
  return { code, message: message || code || 'unknown error' };
}
