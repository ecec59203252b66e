import { expect, test } from 'vitest';
import { otherPeriod, periodOf } from './times.ts';

const timezone = 'Europe/Berlin';
const at = (time: string) => Date.parse(time);
const before = (from: string, to: string, interval?: 'hour' | 'day') => {
  const period = periodOf({ timezone, from: at(from), to: at(to) }, interval);
  const other = otherPeriod(period, 'previous_period', interval, timezone);
  expect(other.starts).toHaveLength(period.starts.length);
  return [new Date(other.from).toISOString(), new Date(other.to).toISOString()];
};

test('today until now is compared with yesterday until then', () => {
  const yesterday = ['2026-06-13T22:00:00.000Z', '2026-06-14T08:30:00.000Z'];
  expect(before('2026-06-15T00:00:00+02:00', '2026-06-15T10:30:00+02:00', 'hour')).toEqual(yesterday);
  expect(before('2026-06-15T00:00:00+02:00', '2026-06-15T10:30:00+02:00')).toEqual(yesterday);
});

test('days are compared with as many before, the last one as far as it has come', () => {
  const week = ['2026-06-01T22:00:00.000Z', '2026-06-08T08:30:00.000Z'];
  expect(before('2026-06-09T00:00:00+02:00', '2026-06-15T10:30:00+02:00', 'day')).toEqual(week);
  expect(before('2026-06-09T00:00:00+02:00', '2026-06-15T10:30:00+02:00')).toEqual(week);
});

test('the day the clocks change has an hour more; what is compared begins with the day', () => {
  expect(before('2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00')).toEqual([
    '2026-10-23T22:00:00.000Z',
    '2026-10-24T22:00:00.000Z',
  ]);
  expect(before('2026-10-26T00:00:00+01:00', '2026-10-26T12:00:00+01:00', 'hour')[0]).toBe(
    '2026-10-24T22:00:00.000Z',
  );
});

test('what begins in the middle of a day is compared with as long directly before', () => {
  expect(before('2026-06-15T08:00:00Z', '2026-06-15T10:00:00Z', 'hour')).toEqual([
    '2026-06-15T06:00:00.000Z',
    '2026-06-15T08:00:00.000Z',
  ]);
  expect(before('2026-06-15T08:10:00Z', '2026-06-15T10:00:00Z')).toEqual([
    '2026-06-15T06:20:00.000Z',
    '2026-06-15T08:10:00.000Z',
  ]);
});
