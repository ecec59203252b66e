import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import {
  closeEngine,
  type Engine,
  holdDataDir,
  migrate,
  openEngine,
  Problem,
  systemClock,
} from './engine/index.ts';
import { createApp } from './http/index.ts';
import { serverFile, version } from './place.ts';
import { createRooms, type Rooms } from './rooms.ts';

export interface Settings {
  dataDir: string;
  host: string;
  /** 0: any free one. */
  port: number;
  /** Where people reach the server, if not at host and port (a proxy in front). */
  url?: string | undefined;
  clickhouseUrl?: string | undefined;
  databaseUrl?: string | undefined;
  log: Logger;
  signal?: AbortSignal;
}

export interface Running {
  url: string;
  engine: Engine;
  rooms: Rooms;
  /** On the first start: the sign-in link of the owner. */
  firstLink: string | undefined;
  /** Stops taking requests, lets background work finish its step, closes the engines. Under 10 s. */
  stop(): Promise<void>;
}

/** Starts the whole program: engines, rooms, HTTP. Resolves when it answers. */
export async function startRapport(settings: Settings): Promise<Running> {
  const { host, log } = settings;
  const dataDir = resolve(settings.dataDir);
  const lock = holdDataDir(dataDir);
  const undo: (() => Promise<unknown> | unknown)[] = [() => lock.release()];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) {
      await Promise.resolve()
        .then(step)
        .catch((error: unknown) => log.error(error, 'stopping: a step failed'));
    }
  };
  try {
    const port = await freePort(host, settings.port);
    const url = (settings.url ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`).replace(
      /\/$/,
      '',
    );
    const engine = await openEngine({ ...settings, dataDir, baseUrl: url, clock: systemClock });
    undo.push(() => closeEngine(engine));

    const rooms = createRooms(engine);
    await migrate(engine, rooms.all);
    await engine.jobs.start();
    const isFirst = await rooms.access.firstStart(
      'My shop',
      Intl.DateTimeFormat().resolvedOptions().timeZone,
    );
    for (const room of rooms.all) {
      await room.start?.();
      undo.push(() => room.stop?.());
    }
    const token = randomBytes(32).toString('base64url');
    rooms.access.trustInstance(token);

    const app = await createApp(engine, rooms, version);
    undo.push(() => app.close());
    await app.listen({ host, port });
    writeFileSync(serverFile(dataDir), JSON.stringify({ url, pid: process.pid, token }), { mode: 0o600 });
    undo.push(() => rmSync(serverFile(dataDir), { force: true }));

    return { url, engine, rooms, firstLink: isFirst ? await rooms.access.ownerLink() : undefined, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Asks for the port before the engines are opened, so that a taken one is told at once. */
function freePort(host: string, port: number): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      fail(
        new Problem(409, 'port_unusable', portMessage(error.code, host, port), {
          hint:
            error.code === 'EADDRINUSE' || error.code === 'EACCES'
              ? 'Choose another with --port, or --port 0 for any free one.'
              : 'Choose an address of this machine with --host.',
          cause: error,
        }),
      );
    });
    probe.listen(port, host, () => {
      const { port: got } = probe.address() as { port: number };
      probe.close(() => done(got));
    });
  });
}

function portMessage(code: string | undefined, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is taken, perhaps by another Rapport.`;
  if (code === 'EACCES') return `Port ${port} on ${host} may not be opened by this user.`;
  return `${host}:${port} cannot be listened on (${code}).`;
}
