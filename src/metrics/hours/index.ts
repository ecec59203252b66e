import type { Engine } from '../../engine/index.ts';
import type { Cover } from './cover.ts';

export type { Cover } from './cover.ts';

/** Counts hours and sessions ahead, in the background. */
export interface Hours {
  start(): void;
  stop(): Promise<void>;
  /** Something arrived: look soon. */
  poke(): void;
  /**
   * Counts until nothing is left to count, whether hours are quiet or not, sessions of open hours included.
   * Hours that are not over stay open. For tests.
   */
  settle(): Promise<void>;
  /** What of the hours from `from` (its hour's beginning) up to `to` is counted ahead. One cheap statement. */
  cover(workspace: string, from: Date, to: Date): Promise<Cover>;
}

export interface HoursOptions {
  /** Resolves when everything that was acknowledged before the call is in `events` and `hour_marks`. */
  barrier: () => Promise<void>;
}

export function createHours(_engine: Engine, _options: HoursOptions): Hours {
  return {
    start() {},
    async stop() {},
    poke() {},
    async settle() {},
    async cover(_workspace, from, to) {
      // Nothing is counted ahead yet: every hour is open.
      const openHours: number[] = [];
      for (let hour = Math.floor(from.getTime() / 3_600_000); hour * 3_600_000 < to.getTime(); hour++) {
        openHours.push(hour * 3_600);
      }
      const params = { open_hours: openHours, event_hours: openHours, stale: '[]', newest_version: 0 };
      return {
        openHours,
        eventHours: openHours,
        stale: [],
        newestVersion: 0,
        params,
        sessionsTo: new Date(0),
      };
    },
  };
}
