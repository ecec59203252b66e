import { formatQueryParams } from '@clickhouse/client-common';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idBatches } from './batches.ts';

test('ids go into batches whole and in order, none of which is more than one parameter may be', () => {
  const id = fc.oneof(fc.uuid(), fc.constantFrom("'".repeat(200), '\\', 'é"'.repeat(80)));
  fc.assert(
    fc.property(
      fc.array(id, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 400 }),
      (some, times) => {
        const ids = Array.from({ length: times }, () => some).flat();
        const batches = [...idBatches(ids)];
        expect(batches.flat()).toEqual(ids);
        for (const batch of batches)
          expect(Buffer.byteLength(formatQueryParams({ value: batch }))).toBeLessThan(128 * 1024);
      },
    ),
    { numRuns: 50 },
  );
  expect([...idBatches([])]).toEqual([]);
  expect([...idBatches(['x'.repeat(200_000), 'y'])]).toHaveLength(2);
});
