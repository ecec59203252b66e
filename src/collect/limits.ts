import type { KnownKey } from '../access/index.ts';
import { type Engine, Problem } from '../engine/index.ts';

/** How much a write key may still send. */
export interface RateLimits {
  /** Counts `messages` against the key. Throws 429 when it has none left; then nothing of the request may be taken. */
  spend(key: KnownKey, messages: number): void;
}

interface Bucket {
  tokens: number;
  at: number;
}

const maxBuckets = 10_000;

/**
 * A token bucket for each write key that has a limit (its own, else `RAPPORT_RATE_LIMIT`; else none), filled at so many
 * messages a second and holding one second's worth. A request is taken whole while anything is left, even when that
 * makes a debt which the next must wait for: otherwise a batch larger than the bucket could never be sent. Kept in
 * memory, so each process that collects allows the whole rate.
 */
export function createRateLimits({ clock }: Pick<Engine, 'clock'>, env: NodeJS.ProcessEnv): RateLimits {
  const byDefault = defaultRate(env.RAPPORT_RATE_LIMIT);
  const buckets = new Map<string, Bucket>();

  /** Those that are full again say nothing that a missing one would not. */
  const sweep = (now: number) => {
    for (const [id, { at, tokens }] of buckets) if (tokens >= 0 && now - at >= 1_000) buckets.delete(id);
  };

  return {
    spend(key, messages) {
      const rate = key.rateLimit ?? byDefault;
      if (rate === undefined) return;
      const now = clock.now().getTime();
      let bucket = buckets.get(key.id);
      if (!bucket) {
        if (buckets.size >= maxBuckets) sweep(now);
        bucket = { tokens: rate, at: now };
        buckets.set(key.id, bucket);
      }
      // A clock set back adds nothing.
      bucket.tokens = Math.min(rate, bucket.tokens + (Math.max(0, now - bucket.at) / 1_000) * rate);
      bucket.at = now;
      if (bucket.tokens <= 0) {
        throw new Problem(429, 'rate_limited', `This write key may send ${rate} messages a second.`, {
          hint: 'Send it again after the given time; nothing of this request was taken. The limit is set with the key.',
          // By then there is something.
          retryAfter: Math.floor(-bucket.tokens / rate) + 1,
        });
      }
      bucket.tokens -= messages;
    },
  };
}

function defaultRate(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const rate = Number(text);
  if (Number.isInteger(rate) && rate > 0) return rate;
  throw new Problem(400, 'bad_rate_limit', `RAPPORT_RATE_LIMIT is ${JSON.stringify(text)}.`, {
    hint: 'It is the number of messages a second for write keys without a limit of their own: a whole number over 0.',
  });
}
