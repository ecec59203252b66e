import type { Random } from './metrics-model-random.ts';
import { type Agent, agents, bots, countries, locales } from './metrics-model-vocabulary.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A person at one device, and what is true of it as long as it lives. */
export interface Device {
  anonymousId: string;
  agent: Agent | undefined;
  country: string;
  locale: string;
  /** Its clock is wrong by so much; it says `sentAt`, so it can be corrected, unless `silent`. */
  skew: number;
  silent: boolean;
  /** Ids it is identified with, one after the other; empty: never. An id follows the other by alias, or by signing in anew. */
  users: { id: string; how: 'identify' | 'alias' }[];
}

/** The devices of a workspace, the same for the same numbers. */
export function makeDevices(random: Random, count: number): Device[] {
  return Array.from({ length: count }, (_, n) => {
    const kind = random.next();
    const user = `user-${n % 7 === 3 ? n - 1 : n}`;
    const users: Device['users'] =
      kind < 0.5
        ? []
        : kind < 0.85
          ? [{ id: user, how: 'identify' }]
          : kind < 0.92
            ? [
                { id: `lead-${n}`, how: 'identify' },
                { id: user, how: 'alias' },
              ]
            : kind < 0.95
              ? [
                  { id: `lead-${n}`, how: 'identify' },
                  { id: `trial-${n}`, how: 'alias' },
                  { id: user, how: 'alias' },
                ]
              : // One device, two people, one after the other.
                [
                  { id: user, how: 'identify' },
                  { id: `guest-${n}`, how: 'identify' },
                ];
    const clock = random.next();
    return {
      anonymousId: `anon-${n}`,
      agent: n % 50 === 7 ? random.pick(bots) : n % 9 === 4 ? undefined : random.skewed(agents),
      country: random.skewed(countries),
      locale: random.skewed(locales),
      skew: clock < 0.8 ? 0 : random.between(-5 * HOUR, 2 * DAY),
      silent: clock < 0.1,
      users,
    };
  });
}
