import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planMoves } from './edit.ts';
import { flowOf } from './flow.ts';
import type { Step } from './steps.ts';

const mail = (id: string): Step => ({ id, type: 'email', subject: id, html: id });
const rest = (id: string, seconds: number): Step => ({ id, type: 'wait', seconds });
const fork = (id: string, ways: Step[][]): Step => ({
  ...{ id, type: 'split' },
  ways: ways.map((steps, i) => ({ id: `${i}`, weight: 1, steps })),
});
const moves = (before: Step[], after: Step[]) =>
  planMoves({ steps: before, plan: flowOf(before) }, flowOf(after));
/** Where somebody at the step goes: a step, or null when they are through. */
const goes = (before: Step[], after: Step[], from: string) => {
  const move = moves(before, after).find((each) => each.from === from);
  return move ? move.to : from;
};

describe('an edit', () => {
  const [a, b, c, d] = [mail('a'), rest('b', 60), mail('c'), mail('d')] as const;

  test('that keeps the steps moves nobody, whatever their content and place', () => {
    expect(moves([a, b, c], [{ ...a, subject: 'u' } as Step, rest('b', 5), c])).toEqual([]);
    expect(moves([a, b], [c, b, a])).toEqual([]);
  });

  test('sends people at a removed step to the next there is', () => {
    expect(goes([a, b, c], [a, c], 'b')).toBe('c');
    expect(goes([a, b, c, d], [d, a], 'b')).toBe('d');
    // No later one: what now follows the last one before it.
    expect(goes([a, b], [a, c], 'b')).toBe('c');
    expect(goes([a, b], [a], 'b')).toBe(null);
    expect(goes([a], [c], 'a')).toBe(null);
  });

  test('sends people on a removed way to where the ways join', () => {
    const before = [a, fork('f', [[b, mail('x')], [mail('y')]]), d];
    expect(goes(before, [a, fork('f', [[mail('x')], [mail('y')]]), d], 'b')).toBe('x');
    expect(goes(before, [a, fork('f', [[], [mail('y')]]), d], 'b')).toBe('d');
    expect(goes(before, [a, d], 'x')).toBe('d');
    expect(goes(before, [a, fork('f', [[], []]), c], 'y')).toBe('c');
    expect(goes(before, [a, c], 'y')).toBe('c');
  });

  test('always sends everybody somewhere that exists', () => {
    const steps = fc
      .tuple(
        fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 1 }),
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      )
      .map(([ids, forks]) => {
        // From the end: a fork takes what follows it into one of its ways, or leaves it after itself.
        let built: Step[] = [];
        for (const [i, id] of ids.entries()) {
          built = forks[i] ? [fork(id, [built.slice(0, 1), []]), ...built.slice(1)] : [mail(id), ...built];
        }
        return built;
      });
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const there = new Set(flowOf(after).map(({ id }) => id));
        const were = flowOf(before).map(({ id }) => id);
        const moved = moves(before, after);
        expect(moved.map(({ from }) => from)).toEqual(were.filter((id) => !there.has(id)));
        for (const { to } of moved) if (to !== null) expect(there.has(to)).toBe(true);
      }),
    );
  });
});
