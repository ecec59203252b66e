import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import {
  type Clock,
  closeEngine,
  type Engine,
  holdDataDir,
  migrate,
  openEngine,
  type Room,
} from '../../src/engine/index.ts';

/** A clock that stands still until it is told to move. */
export class TestClock implements Clock {
  #now: Date;
  constructor(now: Date) {
    this.#now = now;
  }
  now(): Date {
    return new Date(this.#now);
  }
  set(now: Date): void {
    this.#now = now;
  }
  advance(ms: number): void {
    this.#now = new Date(this.#now.getTime() + ms);
  }
}

export interface TestEngine<Rooms> {
  engine: Engine;
  rooms: Rooms;
  clock: TestClock;
  /** A workspace's id; where there is an access room, make the workspace there instead. */
  workspace: string;
  dataDir: string;
  close(): Promise<void>;
}

/**
 * The real embedded engines on a temporary data directory, with the given rooms migrated and started in
 * order. One for each test file: the ClickHouse engine opens once in a process.
 */
export async function openTestEngine<Rooms extends readonly Room[]>(options: {
  rooms: (engine: Engine) => Rooms;
  now?: Date;
  log?: Logger;
}): Promise<TestEngine<Rooms>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rapport-test-'));
  const lock = holdDataDir(dataDir);
  const clock = new TestClock(options.now ?? new Date('2026-06-15T12:00:00.000Z'));
  const log =
    options.log ??
    pino({ level: process.env.TEST_LOG ?? 'silent' }, pino.destination({ dest: 2, sync: true }));
  const engine = await openEngine({ dataDir, baseUrl: 'http://127.0.0.1:4100', clock, log });
  const rooms = options.rooms(engine);
  const close = async () => {
    for (const room of [...rooms].reverse()) await room.stop?.();
    await closeEngine(engine);
    lock.release();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await migrate(engine, rooms);
    await engine.jobs.start();
    for (const room of rooms) await room.start?.();
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
  return {
    engine,
    rooms,
    clock,
    workspace: '018f3e00-0000-7000-8000-000000000001',
    dataDir,
    close,
  };
}
