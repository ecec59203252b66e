import { expect, test } from 'vitest';
import { liftText, verdict, type Way } from './splitWords.ts';

const way = (id: string, people: number, lift: [number, number, number] | null): Way => ({
  id,
  name: id,
  weight: 1,
  people,
  goal: 0,
  rate: 0.1,
  interval: { low: 0, high: 0.2 },
  lift: lift && { difference: lift[0], interval: { low: lift[1], high: lift[2] } },
});

test('nothing is claimed that chance could have done', () => {
  expect(verdict([way('A', 10, null), way('B', 10, [0.05, -0.01, 0.11])])).toBe(
    'No difference can be told yet.',
  );
  expect(verdict([way('A', 10, null), way('B', 10, [0.05, 0, 0.11])])).toBe('No difference can be told yet.');
  expect(liftText({ difference: 0.05, interval: { low: -0.01, high: 0.11 } })).toContain(
    'no difference can be told yet',
  );
});

test('what can be told is told', () => {
  expect(verdict([way('A', 10, null), way('B', 10, [0.05, 0.01, 0.1]), way('C', 10, [0.1, 0.02, 0.2])])).toBe(
    '“C” does better than “A”.',
  );
  expect(verdict([way('A', 10, null), way('B', 10, [-0.05, -0.1, -0.01])])).toBe(
    '“A” does better than the others.',
  );
  expect(
    verdict([way('A', 10, null), way('B', 10, [-0.05, -0.1, -0.01]), way('C', 10, [0, -0.1, 0.1])]),
  ).toBe('“A” does better than “B”.');
  expect(liftText({ difference: 0.051, interval: { low: 0.01, high: 0.1 } })).toBe(
    '+5.1 points against the first way (+1 to +10)',
  );
});

test('a way nobody has gone says nothing', () => {
  expect(verdict([way('A', 10, null), way('B', 0, null)])).toBe('Nobody has gone some of the ways yet.');
});
