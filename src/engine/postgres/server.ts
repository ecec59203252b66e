import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Problem } from '../problem.ts';
import { type Address, tryConnect } from './address.ts';
import type { Binaries } from './binaries.ts';
import { environment, lastLines, makeSocketDir, type Places, SUPERUSER } from './cluster.ts';
import { type Postmaster, removeStaleSocket } from './stale.ts';
import type { RunAs } from './user.ts';

const READY_WITHIN_MS = 60_000;
const RECOVERED_WITHIN_MS = 600_000;
export const STOPPED_WITHIN_MS = 8_000;
const LOG_BYTES = 10 * 1024 * 1024;

/** A server process, our child or taken over. */
export interface Server {
  pid: number;
  isGone(): boolean;
  /** Why it ended, for people. */
  reason(): string;
}

/** All that starting takes. */
export interface Setup {
  places: Places;
  binaries: Binaries;
  runAs: RunAs;
  password: string;
  /** Windows: the port of the first start, kept because the pool knows it. */
  port?: number;
  log: Logger;
}

/**
 * Starts the server and waits until it answers: at most a minute, longer only while it recovers from a crash.
 * @throws Problem `postgres_failed` with the last lines of its log
 */
export async function startChild(
  setup: Setup,
  signal?: AbortSignal,
): Promise<{ server: Server; address: Address }> {
  const { places, binaries, runAs } = setup;
  if (places.socketDir) {
    makeSocketDir(places.socketDir, runAs);
    removeStaleSocket(places.socketDir, places.cluster);
  }
  const port = setup.port ?? (places.socketDir ? 5432 : await freePort());
  const address = addressOf(setup, { pid: 0, port, socketDir: places.socketDir ?? '' });
  const [command = '', ...args] = [...runAs.prefix, binaries.postgres, ...argumentsFor(places, port)];
  rotate(places.logFile);
  const logFd = openSync(places.logFile, 'a', 0o600);
  const from = statSync(places.logFile).size;
  // A process group of its own: a terminal's Ctrl-C is for us, and we stop it after our own work is done.
  const child = spawn(command, args, {
    ...runAs.spawn,
    cwd: '/',
    env: environment(),
    detached: true,
    stdio: ['ignore', logFd, logFd],
    windowsHide: true,
  });
  closeSync(logFd);
  child.unref();
  let ended: string | undefined;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, by) => {
    ended ??= `it ended with ${by ?? code}`;
  });
  const server: Server = {
    pid: child.pid ?? 0,
    isGone: () => ended !== undefined,
    reason: () => ended ?? 'it is running',
  };
  try {
    await untilReady(address, server, signal);
  } catch (error) {
    if (!server.isGone()) await stopServer(setup, server, STOPPED_WITHIN_MS);
    if (signal?.aborted) throw error;
    const lines = lastLines(readFileSync(places.logFile).subarray(from).toString('utf8'));
    throw new Problem(500, 'postgres_failed', `PostgreSQL did not start: ${String(error)}. ${lines}`, {
      hint: `Its log is ${places.logFile}.`,
    });
  }
  return { server, address };
}

async function untilReady(address: Address, server: Server, signal?: AbortSignal): Promise<void> {
  const began = Date.now();
  for (;;) {
    signal?.throwIfAborted();
    if (server.isGone()) throw server.reason();
    const error = await tryConnect(address);
    if (error === undefined) return;
    // 57P03: it is there and replays its journal after a crash, which may take longer.
    const limit = error.code === '57P03' ? RECOVERED_WITHIN_MS : READY_WITHIN_MS;
    if (Date.now() - began > limit) throw `no answer within ${limit / 1000} s (${error.message})`;
    await sleep(20);
  }
}

/** Fast shutdown, at most `withinMs`; then an immediate one, which loses nothing and recovers on the next start. */
export async function stopServer(setup: Setup, server: Server, withinMs: number): Promise<void> {
  for (const [signal, mode, ms] of [
    ['SIGINT', 'fast', withinMs],
    ['SIGQUIT', 'immediate', 5_000],
  ] as const) {
    if (server.isGone()) return;
    tell(setup, server, signal, mode);
    for (const end = Date.now() + ms; Date.now() < end; ) {
      if (server.isGone()) return;
      await sleep(10);
    }
    setup.log.warn({ pid: server.pid, signal }, 'PostgreSQL did not stop in time');
  }
}

function tell(setup: Setup, server: Server, signal: 'SIGINT' | 'SIGQUIT', mode: string) {
  if (process.platform === 'win32') {
    // There are no such signals; PostgreSQL's own tool knows the way.
    spawnSync(setup.binaries.pg_ctl, ['stop', '-D', setup.places.cluster, '-m', mode, '-W'], {
      windowsHide: true,
    });
    return;
  }
  try {
    process.kill(server.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new Problem(500, 'postgres_owner', `PostgreSQL (process ${server.pid}) belongs to another user.`, {
      hint: 'Stop it, or start Rapport as the user who started it first.',
      cause: error,
    });
  }
}

/** Small when idle, durable always: fsync and synchronous_commit stay on. */
export function argumentsFor(places: Places, port: number): string[] {
  const settings = {
    listen_addresses: places.socketDir ? '' : '127.0.0.1',
    port,
    ...(places.socketDir && { unix_socket_directories: places.socketDir, unix_socket_permissions: '0700' }),
    max_connections: 60,
    shared_buffers: '64MB',
    effective_cache_size: '512MB',
    work_mem: '16MB',
    maintenance_work_mem: '64MB',
    wal_compression: 'on',
    max_wal_size: '1GB',
    checkpoint_timeout: '15min',
    random_page_cost: 1.1,
    jit: 'off',
    // Processes that would only wait: I/O workers, replication.
    io_method: 'sync',
    max_wal_senders: 0,
    max_logical_replication_workers: 0,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
  };
  return [
    '-D',
    places.cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/** Where a server is reached that has this port or this socket directory. */
export const addressOf = (setup: Setup, { port, socketDir }: Postmaster): Address => ({
  host: setup.places.socketDir ? socketDir : '127.0.0.1',
  port,
  user: SUPERUSER,
  password: setup.password,
  database: 'postgres',
});

function rotate(file: string) {
  if (existsSync(file) && statSync(file).size > LOG_BYTES) renameSync(file, `${file}.1`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
