import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiError } from '../../api/client.ts';
import { copied, newDraft, newStep } from '../draft.ts';
import type { Definition, Step } from '../queries.ts';
import { stepTypes } from './kinds.ts';
import { stepOfError } from './stepErrors.ts';
import {
  besides,
  everyStep,
  fieldOf,
  inserted,
  isDeadEnd,
  moved,
  partsOf,
  removed,
  replaced,
} from './tree.ts';

/** Random flows: steps of every kind, inside each other too. */
const stepsOf = (depth: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc
      .tuple(
        fc.constantFrom(...stepTypes),
        depth === 0 ? fc.constant([]) : fc.array(stepsOf(depth - 1), { maxLength: 3 }),
      )
      .map(([type, lists]) => {
        const step = newStep(type);
        for (const [n, part] of partsOf(step).entries()) part.steps.push(...(lists[n] ?? []));
        return step;
      }),
    { maxLength: 3 },
  );
const definition = stepsOf(3).map((list): Definition => ({ ...newDraft().definition, steps: list }));
const withPlace = definition
  .filter(({ steps: list }) => list.length > 0)
  .chain((one) => fc.tuple(fc.constant(one), fc.constantFrom(...everyStep(one.steps))));
const ids = (one: Definition) => [...everyStep(one.steps)].map(({ step }) => step.id);

test('what is put in and taken out again leaves the flow as it was, and the one before untouched', () => {
  fc.assert(
    fc.property(withPlace, ([one, { path }]) => {
      const before = structuredClone(one);
      const more = inserted(one, path.slice(0, -1), Number(path.at(-1)), newStep('wait'));
      expect(ids(more)).toHaveLength(ids(one).length + 1);
      expect(removed(more, path)).toEqual(before);
      expect(one).toEqual(before);
    }),
  );
});

test('a step moved down and up again stands where it stood', () => {
  fc.assert(
    fc.property(withPlace, ([one, { path }]) => {
      const index = Number(path.at(-1));
      fc.pre(index < besides(one, path) - 1);
      const down = moved(one, path, 1);
      expect(ids(down).toSorted()).toEqual(ids(one).toSorted());
      expect(moved(down, [...path.slice(0, -1), index + 1], -1)).toEqual(one);
    }),
  );
});

test('a copy does the same under ids of its own', () => {
  fc.assert(
    fc.property(withPlace, ([one, { step, path }]) => {
      const twice = inserted(one, path.slice(0, -1), Number(path.at(-1)), copied(step));
      expect(new Set(ids(twice)).size).toBe(ids(twice).length);
    }),
  );
});

test('an error is told at the innermost step it names, however its place is written', () => {
  fc.assert(
    fc.property(withPlace, fc.boolean(), ([one, { step, path }], dots) => {
      const field = `${fieldOf(path)}.name`;
      const written = dots ? field.replaceAll(/\[(\d+)\]/g, '.$1') : field;
      const error = new ApiError(400, { message: `${written}: is too long`, field: written });
      expect(stepOfError(error, one.steps)).toEqual({ id: step.id, said: 'Is too long' });
    }),
  );
  expect(stepOfError(new ApiError(400, { field: 'definition.entry' }), [newStep('exit')])).toBeUndefined();
});

test('nobody gets past an exit, nor past ways that all end', () => {
  const split = newStep('split');
  expect(isDeadEnd([newStep('wait')])).toBe(false);
  expect(isDeadEnd([newStep('exit'), newStep('wait')])).toBe(true);
  const one: Definition = { ...newDraft().definition, steps: [split] };
  const first = inserted(one, ['steps', 0, 'ways', 0, 'steps'], 0, newStep('exit'));
  expect(isDeadEnd(first.steps)).toBe(false);
  expect(isDeadEnd(inserted(first, ['steps', 0, 'ways', 1, 'steps'], 0, newStep('exit')).steps)).toBe(true);
  expect(replaced(one, ['steps', 0], newStep('exit')).steps[0]?.type).toBe('exit');
});
