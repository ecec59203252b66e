import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readable } from './readable.ts';

test('who erases and who verifies reads messages as the processing does', () => {
  const parsed = readFileSync(new URL('./processing/parsed.sql', import.meta.url), 'utf8');
  expect(parsed).toContain(`${readable} AS text`);
});
