import { describe, expect, test } from 'vitest';
import type { KnownKey } from '../access/index.ts';
import { createRateLimits } from './limits.ts';

const key = (id: string, rateLimit: number | null): KnownKey => ({
  id,
  workspace: 'w',
  kind: 'write',
  name: id,
  role: 'editor',
  rateLimit,
});

function limits(env: NodeJS.ProcessEnv = {}) {
  let now = 0;
  const { spend } = createRateLimits({ clock: { now: () => new Date(now) } }, env);
  return {
    pass: (ms: number) => {
      now += ms;
    },
    /** undefined when it is taken, else seconds to wait. */
    spend(of: KnownKey, messages: number): number | undefined {
      try {
        spend(of, messages);
        return undefined;
      } catch (error) {
        const { status, retryAfter } = error as { status: number; retryAfter: number };
        expect(status).toBe(429);
        return retryAfter;
      }
    },
  };
}

describe('the rate limit of a write key', () => {
  test('none without one', () => {
    const { spend } = limits();
    for (let n = 0; n < 100; n++) expect(spend(key('a', null), 1e6)).toBeUndefined();
  });

  test('a second’s worth at once, then as many as the rate; keys do not share', () => {
    const { spend, pass } = limits();
    for (let n = 0; n < 10; n++) expect(spend(key('a', 10), 1)).toBeUndefined();
    expect(spend(key('a', 10), 1)).toBe(1);
    expect(spend(key('b', 10), 1)).toBeUndefined();
    pass(100);
    expect(spend(key('a', 10), 1)).toBeUndefined();
    expect(spend(key('a', 10), 1)).toBe(1);
    pass(3_600_000);
    for (let n = 0; n < 10; n++) expect(spend(key('a', 10), 1)).toBeUndefined();
    expect(spend(key('a', 10), 1)).toBe(1);
  });

  test('a batch larger than the limit is taken whole and waited for afterwards', () => {
    const { spend, pass } = limits();
    expect(spend(key('a', 10), 100)).toBeUndefined();
    expect(spend(key('a', 10), 1)).toBe(10);
    pass(9_000);
    expect(spend(key('a', 10), 1)).toBe(1);
    pass(100);
    expect(spend(key('a', 10), 1)).toBeUndefined();
  });

  test('over a long time exactly the rate, whatever the sizes', () => {
    const { spend, pass } = limits();
    let taken = 0;
    for (let n = 0; n < 100_000; n++) {
      const size = 1 + (n % 37);
      if (spend(key('a', 50), size) === undefined) taken += size;
      pass(10);
    }
    expect(taken).toBeGreaterThanOrEqual(50_000);
    expect(taken).toBeLessThan(50_000 + 50 + 37);
  });

  test('a clock set back adds nothing and takes nothing', () => {
    const { spend, pass } = limits();
    expect(spend(key('a', 10), 10)).toBeUndefined();
    pass(-60_000);
    expect(spend(key('a', 10), 1)).toBe(1);
    pass(1_000);
    expect(spend(key('a', 10), 10)).toBeUndefined();
  });

  test('the default of the installation, where the key has none of its own', () => {
    const { spend } = limits({ RAPPORT_RATE_LIMIT: '2' });
    expect(spend(key('a', null), 2)).toBeUndefined();
    expect(spend(key('a', null), 1)).toBe(1);
    expect(spend(key('b', 5), 5)).toBeUndefined();
    expect(spend(key('b', 5), 1)).toBe(1);
    for (const text of ['many', '0', '-1', '1.5']) {
      expect(() => limits({ RAPPORT_RATE_LIMIT: text })).toThrow(
        expect.objectContaining({ code: 'bad_rate_limit' }),
      );
    }
  });

  test('many keys fill no memory: those with nothing to remember are forgotten', () => {
    const { spend, pass } = limits();
    for (let n = 0; n < 30_000; n++) {
      expect(spend(key(`k${n}`, 10), 1)).toBeUndefined();
      pass(1);
    }
    expect(spend(key('k29999', 10), 20)).toBeUndefined();
    expect(spend(key('k29999', 10), 1)).toBe(2);
  });
});
