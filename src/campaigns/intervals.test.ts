import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareWays, differenceInterval, shareInterval } from './intervals.ts';

const near = ({ low, high }: { low: number; high: number }) =>
  [low, high].map((value) => Number(value.toFixed(4)));

test('as published: Newcombe 1998, table II', () => {
  // 56 of 70 against 48 of 80; 9 of 10 against 3 of 10; 10 of 10 against 0 of 20.
  expect(near(shareInterval(81, 263))).toEqual([0.2553, 0.3662]);
  expect(near(shareInterval(0, 20))).toEqual([0, 0.1611]);
  const difference = (a: number, of: number, b: number, ofB: number) =>
    near(differenceInterval({ count: a, of }, { count: b, of: ofB }));
  expect(difference(56, 70, 48, 80)).toEqual([0.0524, 0.3339]);
  expect(difference(9, 10, 3, 10)).toEqual([0.1705, 0.809]);
  expect(difference(10, 10, 0, 20)).toEqual([0.6791, 1]);
});

test('hold the share, lie within what shares can be, and get narrower with more people', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat(5_000), (of, n) => {
      const count = Math.min(n, of);
      const { low, high } = shareInterval(count, of);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(count / of + 1e-9);
      expect(high).toBeGreaterThanOrEqual(count / of - 1e-9);
      const more = shareInterval(count * 4, of * 4);
      expect(more.high - more.low).toBeLessThan(high - low);
    }),
  );
});

test('ways are judged against the first; without people there is nothing to judge', () => {
  const ways = compareWays([
    { people: 100, goal: 10 },
    { people: 100, goal: 40 },
    { people: 0, goal: 0 },
  ]);
  expect(ways[0]).toMatchObject({ rate: 0.1, lift: null });
  expect(ways[1]!.lift!.difference).toBeCloseTo(0.3);
  expect(ways[1]!.lift!.interval.low).toBeGreaterThan(0);
  expect(ways[2]).toMatchObject({ rate: null, interval: null, lift: null });
});
