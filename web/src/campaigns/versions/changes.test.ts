import { expect, test } from 'vitest';
import { newDraft } from '../draft.ts';
import type { Definition, Step } from '../queries.ts';
import { changesBetween } from './changes.ts';

const email = (id: string, subject = id): Step => ({ id, type: 'email', subject, html: '' });
const wait: Step = { id: 'wait', type: 'wait', seconds: 86_400 };
const split = (...ways: Step[][]): Step => ({
  id: 'split',
  type: 'split',
  ways: ways.map((steps, n) => ({ id: `way${n}`, weight: 1, steps })),
});
const flow = (...steps: Step[]): Definition => ({ ...newDraft().definition, steps });

test('nothing changed', () => {
  const one = flow(email('a'), split([email('b')], []));
  expect(changesBetween(one, structuredClone(one))).toEqual([]);
});

test('steps that came, went, changed and moved', () => {
  expect(changesBetween(flow(email('a')), flow(email('a'), wait))).toEqual(['Wait “Wait 1 day” was added.']);
  expect(changesBetween(flow(email('a'), wait), flow(email('a')))).toEqual([
    'Wait “Wait 1 day” was removed.',
  ]);
  expect(changesBetween(flow(email('a')), flow(email('a', 'Hi')))).toEqual([
    'Email “Hi”: the subject changed.',
  ]);
  expect(changesBetween(flow(email('a'), wait), flow(wait, email('a')))).toEqual([
    'The order of steps changed.',
  ]);
  expect(changesBetween(flow(split([email('a')], [])), flow(split([], [email('a')])))).toEqual([
    'Email “a” was moved to another way.',
  ]);
});

test('a step inside another is no change of the other, nor is what moves with it', () => {
  expect(changesBetween(flow(split([email('a')], [])), flow(split([email('a', 'b')], [])))).toEqual([
    'Email “b”: the subject changed.',
  ]);
  expect(changesBetween(flow(split([email('a')], [])), flow(wait, split([email('a')], [])))).toEqual([
    'Wait “Wait 1 day” was added.',
  ]);
});

test('settings', () => {
  const before = flow(email('a'));
  const after = { ...before, quiet_hours: { from: '21:00', to: '08:00' }, timezone: 'Europe/Berlin' };
  expect(changesBetween(before, after)).toEqual(['The quiet hours changed.', 'The time zone changed.']);
});
