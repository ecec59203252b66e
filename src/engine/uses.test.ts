import { expect, test } from 'vitest';
import { createUses } from './uses.ts';

test('what is used stays, and all that uses it is named', async () => {
  const uses = createUses('segment');
  await uses.check('w', ['a']);
  uses.add(async (workspace, ids) =>
    workspace === 'w' && ids.includes('a') ? ['the campaign "Spring"'] : [],
  );
  uses.add(async (_workspace, ids) => ids.map((id) => `the segment "${id} too"`));
  await expect(uses.check('w', ['b', 'a'])).rejects.toMatchObject({
    status: 409,
    code: 'segment_in_use',
    message: 'The segment is used by the campaign "Spring", the segment "b too", the segment "a too".',
    hint: 'Change or remove what uses it first.',
  });
  await uses.check('w', []);
});
