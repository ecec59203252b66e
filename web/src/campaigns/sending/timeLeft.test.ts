import { expect, test } from 'vitest';
import { timeLeft } from './timeLeft.ts';

const account = (
  rate: number,
  {
    per_hour = null,
    per_day = null,
    hour = 0,
    day = 0,
    warm_up_today = null,
  }: Record<string, number | null> = {},
) => ({
  status: 'active' as const,
  limits: { per_hour, per_day, in_flight: null, warm_up: [] },
  usage: { hour: hour ?? 0, day: day ?? 0, sending: 0, rate, warm_up_today, full: null, resumes_at: null },
});

test('by the rate, the measured one first', () => {
  expect(timeLeft(100, [account(10)], undefined)).toBe(10);
  expect(timeLeft(100, [account(10)], 5)).toBe(20);
  expect(timeLeft(100, [account(10), account(10)], 0)).toBe(5);
});

test('by the hour and the day, where they are narrower', () => {
  expect(timeLeft(100, [account(10, { per_hour: 3_600, hour: 3_600 })], undefined)).toBe(100);
  expect(timeLeft(100, [account(10, { per_hour: 3_600, hour: 3_500 })], undefined)).toBe(10);
  expect(timeLeft(100, [account(10, { per_day: 8_640, day: 8_640 })], undefined)).toBe(1_000);
  expect(timeLeft(100, [account(10, { warm_up_today: 8_640, day: 8_640 })], undefined)).toBe(1_000);
});

test('nothing goes out through paused accounts', () => {
  expect(timeLeft(100, [{ ...account(10), status: 'paused' }], undefined)).toBeUndefined();
  expect(timeLeft(100, [], undefined)).toBeUndefined();
});
