import fc from 'fast-check';
import { expect, test } from 'vitest';
import { weekdays } from '../lengths.ts';
import { cronOf, cronText, nextTimes, planOf } from './cron.ts';

const time = fc
  .record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
  .map(({ hour, minute }) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const days = fc.subarray(
  weekdays.map(({ value }) => value),
  { minLength: 1 },
);

test('every plan of the form is read back from the cron expression it makes', () => {
  const plan = fc.oneof(
    fc.record({ every: fc.constant('hour' as const), minute: fc.integer({ min: 0, max: 59 }) }),
    fc.record({ every: fc.constant('day' as const), time }),
    fc.record({ every: fc.constant('week' as const), time, days }),
    fc.record({ every: fc.constant('month' as const), time, day: fc.integer({ min: 1, max: 31 }) }),
  );
  fc.assert(
    fc.property(plan, (one) => {
      expect(planOf(cronOf(one))).toEqual(one);
    }),
  );
});

test('what the form cannot show stays cron', () => {
  for (const cron of ['*/5 * * * *', '0 9 1-7 * 1', '0 9 * 2 *', '0 9 * * MON', '', 'x', '0 9,17 * * *'])
    expect(planOf(cron)).toEqual({ every: 'cron' });
});

test('ranges of weekdays are read, Sunday as 0 and as 7', () => {
  expect(cronText('0 9 * * 1-5')).toBe('weekdays at 09:00');
  expect(cronText('30 8 * * 0')).toBe('Sun at 08:30');
  expect(cronText('30 8 * * 7')).toBe('Sun at 08:30');
});

test('the next times are of the time zone', () => {
  const next = nextTimes('0 9 * * *', 'Asia/Tokyo');
  expect('times' in next && next.times.map((at) => at.toISOString().slice(11, 16))).toEqual([
    '00:00',
    '00:00',
    '00:00',
  ]);
  expect(nextTimes('61 9 * * *', 'UTC')).toHaveProperty('wrong');
  expect(nextTimes('0 0 30 2 *', 'UTC')).toHaveProperty('wrong');
});
