import fc from 'fast-check';
import { expect, test } from 'vitest';
import { minTimeDifference, readTimes, TimeListError } from './min-time-difference.ts';

const text = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

test('around midnight, and the same time twice', () => {
  expect(minTimeDifference(['23:59', '00:00'])).toBe(1);
  expect(minTimeDifference(['00:00', '12:00'])).toBe(720);
  expect(minTimeDifference(['00:01', '23:58', '12:00'])).toBe(3);
  expect(minTimeDifference(['07:05', '12:00', '07:05'])).toBe(0);
});

test('agrees with trying every pair', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1439 }), { minLength: 2, maxLength: 40 }), (minutes) => {
      let least = 1440;
      minutes.forEach((a, i) => {
        for (const b of minutes.slice(i + 1))
          least = Math.min(least, Math.abs(a - b), 1440 - Math.abs(a - b));
      });
      expect(minTimeDifference(minutes.map(text))).toBe(least);
    }),
  );
});

test('20,000 times are taken, 20,001 are not', () => {
  const times = Array.from({ length: 20_001 }, (_, n) => text(n % 1440));
  expect(minTimeDifference(times.slice(0, 20_000))).toBe(0);
  expect(() => minTimeDifference(times)).toThrow(/20,000.*"21:20"/);
});

test.each([
  [['10:00', '24:00'], /^Time 2 .*"24:00"/, 2],
  [['7:5', '10:00'], /^Time 1 .*"7:5"/, 1],
  [['10:00', '10:60'], /^Time 2 .*"10:60"/, 2],
  [['10:00', ''], /^Time 2 .*""/, 2],
  [['10:00'], /one \("10:00"\)/, undefined],
  [[], /none/, undefined],
])('%j is refused, naming the value and its position', (times, message, position) => {
  expect(() => minTimeDifference(times)).toThrow(message);
  expect(() => minTimeDifference(times)).toThrow(TimeListError);
  try {
    minTimeDifference(times);
  } catch (error) {
    expect((error as TimeListError).position).toBe(position);
  }
});

test('reads white space, commas and JSON', () => {
  const times = ['10:00', '11:30', '23:59'];
  for (const form of [
    '10:00 11:30\n23:59\n',
    '10:00,11:30, 23:59',
    '["10:00","11:30","23:59"]',
    '\uFEFF10:00\t11:30\r\n23:59',
  ]) {
    expect(readTimes(form)).toEqual(times);
  }
  expect(readTimes('10:00,,11:00')).toEqual(['10:00', '', '11:00']);
  expect(readTimes(' \n')).toEqual([]);
  expect(() => readTimes('["10:00"')).toThrow(TimeListError);
  expect(() => minTimeDifference(readTimes('[600, 700]'))).toThrow(/^Time 1 .*600/);
});
