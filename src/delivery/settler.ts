import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../engine/index.ts';
import { isolating, passes } from './isolate.ts';
import { type AnyDb, type Settlement, settle } from './ledger.ts';

const most = 2_000;

/**
 * Writes what became of emails: those that come while one statement runs share the next one. Resolves when
 * written. A database that fails is tried again until it answers, because an email that was sent and not
 * written would be sent again; `close()` gives up, and the email is taken back by the next start. Words the
 * database refuses are left out: what became of the email counts, and no other email waits for it.
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
      const left = new Set(group);
      try {
        await isolating(
          group,
          async (part) => {
            await write(part.map(({ settlement }) => settlement));
            for (const each of part) left.delete(each);
            for (const { done } of part) done();
          },
          async (each, reason) => {
            left.delete(each);
            await write([withoutWords(each.settlement, reason)]).then(each.done, each.failed);
          },
        );
      } catch (error) {
        for (const { failed } of left) failed(error);
      }
    }
    running = false;
  }

  /** Tried again while the database is the reason, not what is written. */
  async function write(settlements: Settlement[]) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await settle(db, settlements, clock.now());
      } catch (error) {
        if (closed || !passes(error)) throw error;
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

const withoutWords = ({ address, subject, ...kept }: Settlement, reason: Error): Settlement => ({
  ...kept,
  error: `The result could not be written as it was: ${reason.message}`,
});
