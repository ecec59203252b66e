import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExactMovingAverage } from './moving-average.ts';

const view = new DataView(new ArrayBuffer(8));

/** A double as an integer number of 2⁻¹⁰⁷⁴. */
function exact(x: number): bigint {
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return bits >> 63n ? -magnitude : magnitude;
}

const absolute = (x: bigint) => (x < 0n ? -x : x);

/** |computed − exact| ≤ 3u·|exact| + 2⁻¹⁰⁷⁴, multiplied by the size and 2⁵³. */
function expectInBound(average: number, elements: number[]): void {
  const sum = elements.reduce((total, x) => total + exact(x), 0n);
  const size = BigInt(elements.length);
  const error = absolute(exact(average) * size - sum);
  expect(error * 2n ** 53n <= 3n * absolute(sum) + size * 2n ** 53n).toBe(true);
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

test('the average is within its bound of the exact one, and the elements are the last ones in order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(finite, { maxLength: 60 }),
      (capacity, elements) => {
        const moving = new ExactMovingAverage(capacity);
        elements.forEach((element, n) => {
          moving.add(element);
          const last = elements.slice(Math.max(0, n + 1 - capacity), n + 1);
          expect([...moving]).toEqual(last);
          expect(moving.size).toBe(last.length);
          expect(moving.at(0)).toBe(last[0]);
          expect(moving.at(-1)).toBe(element);
          expectInBound(moving.average() as number, last);
        });
      },
    ),
    { numRuns: 1_000 },
  );
});

test('nothing drifts: millions of elements of mixed magnitude leave no trace', () => {
  const moving = new ExactMovingAverage(1_000);
  const magnitudes = [1e300, -1e-300, 1e16, -1, 1e-8, -1e300, 3e200];
  for (let n = 0; n < 3_000_000; n++)
    moving.add((magnitudes[n % magnitudes.length] as number) * (1 + (n % 97) / 97));
  for (let n = 0; n < 1_000; n++) moving.add(0.1);
  expectInBound(moving.average() as number, Array(1_000).fill(0.1));
  expect(moving.average()).toBeCloseTo(0.1, 15);
});

test('the largest and the smallest numbers', () => {
  const moving = new ExactMovingAverage(3);
  for (let n = 0; n < 3; n++) moving.add(Number.MAX_VALUE);
  expect(moving.average()).toBe(Number.MAX_VALUE);
  for (let n = 0; n < 3; n++) moving.add(-Number.MIN_VALUE);
  expect(moving.average()).toBe(-Number.MIN_VALUE);
});

test('what it refuses', () => {
  for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => new ExactMovingAverage(capacity)).toThrow(RangeError);
  }
  const moving = new ExactMovingAverage(2);
  expect(moving.average()).toBeUndefined();
  expect([moving.at(0), moving.at(-1), moving.at(0.5)]).toEqual([undefined, undefined, undefined]);
  for (const element of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    expect(() => moving.add(element)).toThrow(RangeError);
  }
  expect(moving.size).toBe(0);
});
