import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planMoves } from './edit.ts';
import type { PlannedStep } from './schema.ts';

const mail = (id: string): PlannedStep => ({ id, type: 'email', template: 't' });
const rest = (id: string, seconds: number): PlannedStep => ({ id, type: 'wait', seconds });
/** Where somebody at the step goes: position, or 'done'. */
const goes = (before: PlannedStep[], after: PlannedStep[], from: number, active = true) => {
  const move = planMoves(before, after).find((each) => each.from === from && each.active === active);
  if (!move) return from;
  return move.completed ? 'done' : move.to;
};

describe('an edit', () => {
  const [a, b, c, d] = [mail('a'), rest('b', 60), mail('c'), mail('d')] as const;

  test('that keeps the steps moves nobody, whatever their content', () => {
    expect(planMoves([a, b, c], [{ ...a, template: 'u' }, { ...b, seconds: 5 }, c])).toEqual([]);
    expect(planMoves([a, b], [a, b, c])).toEqual([]);
  });

  test('moves people with their step, and from a removed one to the next there is', () => {
    expect(goes([a, b], [c, a, b], 1)).toBe(2);
    expect(goes([a, b, c], [a, c], 1)).toBe(1);
    expect(goes([a, b, c, d], [d, a], 1)).toBe(0);
    // No later one: what now follows the last one before it.
    expect(goes([a, b], [a, c], 1)).toBe(1);
    expect(goes([a, b], [a], 1)).toBe('done');
    expect(goes([a], [c], 0)).toBe('done');
  });

  test('makes those who arrive at a wait wait, and leaves others their time', () => {
    expect(planMoves([a, c], [a, b]).find((move) => move.from === 1 && move.active)).toMatchObject({
      to: 1,
      wait: 60,
    });
    expect(planMoves([a, b], [c, a, b]).every(({ wait }) => wait === null)).toBe(true);
  });

  test('leaves those who ended at the last step reached that still exists', () => {
    expect(goes([a, b, c], [a, c], 1, false)).toBe(0);
    expect(goes([a], [c], 0, false)).toBe(-1);
  });

  test('always sends everybody somewhere that exists', () => {
    const steps = fc
      .uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 1 })
      .map((ids) => ids.map(mail));
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        for (const from of before.keys()) {
          const to = goes(before, after, from);
          if (to === 'done') continue;
          expect(to).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThan(after.length);
          const same = after.findIndex(({ id }) => id === before[from]!.id);
          if (same >= 0) expect(to).toBe(same);
        }
      }),
    );
  });
});
