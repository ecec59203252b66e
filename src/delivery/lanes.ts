import type { Kysely } from 'kysely';
import { createLoop, type Engine, type Loop } from '../engine/index.ts';
import { accountsWithWork } from './ledger.ts';
import type { EmailSender } from './sender.ts';
import type { DeliveryTables } from './tables.ts';

/** How often an account with work is looked at: its bucket fills meanwhile. */
const laneEveryMs = 100;
const lookEveryMs = 1_000;
/** Looks in which a lane found nothing before it is closed, and its provider's connections with it. */
const idleLooks = 30;

/**
 * One lane an account that has something to send, each running for itself: a slow provider or a full
 * limit holds up nobody else's emails.
 */
export function createLanes(engine: Engine, db: Kysely<DeliveryTables>, sender: EmailSender) {
  const lanes = new Map<string, { loop: Loop; idle: number }>();
  const closing = new Set<Promise<void>>();

  const looking = createLoop({
    name: 'delivery',
    everyMs: lookEveryMs,
    log: engine.log,
    run: async () => {
      const busy = new Set(await accountsWithWork(db, engine.clock.now()));
      for (const id of busy) openLane(id);
      for (const [id, lane] of lanes) {
        if (busy.has(id)) {
          lane.idle = 0;
          lane.loop.poke();
        } else if (++lane.idle > idleLooks) closeLane(id, lane.loop);
      }
      return false;
    },
  });

  function openLane(id: string) {
    if (lanes.has(id)) return;
    const loop = createLoop({
      name: `delivery of account ${id}`,
      everyMs: laneEveryMs,
      log: engine.log,
      run: async (signal) => {
        await sender.sendDue(id, signal);
        return false;
      },
    });
    lanes.set(id, { loop, idle: 0 });
    loop.start();
  }

  function closeLane(id: string, loop: Loop) {
    lanes.delete(id);
    const closed: Promise<void> = loop.stop().then(() => {
      closing.delete(closed);
      if (!lanes.has(id)) sender.closeIdle(id);
    });
    closing.add(closed);
  }

  return {
    start: () => looking.start(),
    poke() {
      looking.poke();
    },
    async stop() {
      await looking.stop();
      await Promise.all([...[...lanes.values()].map(({ loop }) => loop.stop()), ...closing]);
      lanes.clear();
    },
    /** All that is due and allowed now, account by account at the same time. */
    async drain() {
      const { signal } = new AbortController();
      for (;;) {
        const busy = await accountsWithWork(db, engine.clock.now());
        const claimed = await Promise.allSettled(busy.map((id) => sender.sendDue(id, signal)));
        // The others are not kept waiting for one that fails.
        if (claimed.some((each) => each.status === 'fulfilled' && each.value > 0)) continue;
        for (const each of claimed) if (each.status === 'rejected') throw each.reason;
        return;
      }
    },
  };
}
