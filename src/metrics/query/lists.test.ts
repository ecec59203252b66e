import { expect, test } from 'vitest';
import { Problem } from '../../engine/index.ts';
import { type ListedElsewhere, refuseStale, shownList } from './lists.ts';

const now = new Date('2026-06-15T12:00:00Z');
const list = (more: Partial<ListedElsewhere> = {}): ListedElsewhere => ({
  id: 'abc',
  name: 'Friends',
  asOf: new Date('2026-06-15T11:00:00Z'),
  state: 'in_sync',
  lateAt: new Date('2026-06-15T13:00:00Z'),
  trouble: null,
  ...more,
});
const past = { lateAt: new Date('2026-06-15T11:59:59Z') };
function refusal(...lists: ListedElsewhere[]): Problem | undefined {
  try {
    refuseStale(lists, now);
    return undefined;
  } catch (error) {
    return error as Problem;
  }
}

test('what counts is how old the data is: a failing one is fresh until its time is over, a paused one not after', () => {
  const trouble = { message: 'It answers 500.', hint: null };
  expect(refusal()).toBeUndefined();
  expect(refusal(list({ state: 'failing', trouble }), list({ state: 'paused' }))).toBeUndefined();
  expect(shownList(list({ state: 'failing', trouble }), now)).toEqual({
    ...{ id: 'abc', name: 'Friends', as_of: '2026-06-15T11:00:00.000Z', state: 'failing', stale: false },
  });
  expect(refusal(list({ state: 'paused', ...past }))?.hint).toContain('resume it');
  expect(shownList(list({ state: 'paused', ...past }), now).stale).toBe(true);
});

test('the refusal names the list that is furthest behind, its instant, why, and what to do', () => {
  const older = list({ ...past, id: 'x', name: 'Older', asOf: new Date('2026-06-01T00:00:00Z') });
  const trouble = { message: 'The key is refused.', hint: 'Put in a new one.' };
  const problem = refusal(list(past), list(), { ...older, state: 'credentials_refused', trouble });
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({
    status: 409,
    code: 'stale',
    message:
      'The connection Older (and 1 more) is in sync as of 2026-06-01T00:00:00.000Z only. The key is refused.',
    hint: expect.stringMatching(/^Put in a new one\. See \/connections\/x\..* settings\.$/),
  });
});

test('one that was never in sync is stale however young it is', () => {
  const problem = refusal(list({ asOf: null, state: 'syncing' }));
  expect(problem?.message).toBe('The connection Friends is not in sync yet.');
  expect(problem?.hint).toContain('Its first sync is under way');
});
