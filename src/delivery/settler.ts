import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../engine/index.ts';
import { type AnyDb, type Settlement, settle } from './ledger.ts';

const most = 2_000;

/**
 * Writes what became of emails: those that come while one statement runs share the next one. Resolves when
 * written. A database that fails is tried again until it answers, because an email that was sent and not
 * written would be sent again; `close()` gives up, and the email is taken back by the next start.
 */
export function createSettler({ db, clock, log }: SettlerNeeds) {
  let waiting: { settlement: Settlement; done: () => void; failed: (error: unknown) => void }[] = [];
  let running = false;
  let closed = false;

  async function run() {
    if (running) return;
    running = true;
    while (waiting.length > 0) {
      const group = waiting.slice(0, most);
      waiting = waiting.slice(most);
      try {
        await write(group.map(({ settlement }) => settlement));
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    running = false;
  }

  async function write(settlements: Settlement[]) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await settle(db, settlements, clock.now());
      } catch (error) {
        if (closed) throw error;
        log.error({ err: error }, 'results of emails could not be written and will be tried again');
        await pause(Math.min(5_000, 200 * 2 ** attempt));
      }
    }
  }

  return {
    settle(settlement: Settlement): Promise<void> {
      return new Promise((done, failed) => {
        waiting.push({ settlement, done, failed });
        void run();
      });
    },
    close() {
      closed = true;
    },
  };
}

interface SettlerNeeds {
  db: AnyDb;
  clock: Clock;
  log: Logger;
}
