import { Problem } from '../engine/index.ts';
import { type Mapping, mappingSchema, maxBadShareSchema } from './schema.ts';

/** The mapping sent with a file, as JSON text or parsed. Throws a Problem 400. */
export function readMapping(given: unknown): Mapping | null {
  // A part of type application/json comes parsed.
  let value = given;
  if (typeof value === 'string') {
    try {
      value = value.trim() === '' ? null : JSON.parse(value);
    } catch {
      throw new Problem(400, 'bad_mapping', 'The mapping is not JSON.', { field: 'mapping' });
    }
  }
  if (value === null || value === undefined) return null;
  const parsed = mappingSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = ['mapping', ...(issue?.path ?? [])].join('.');
  throw new Problem(400, 'bad_mapping', `The mapping is not valid: ${issue?.message ?? 'unknown form'}.`, {
    field,
  });
}

/** The share of bad rows allowed, sent with a file. Throws a Problem 400. */
export function readShare(given: unknown): number | null {
  if (given === '' || given === null || given === undefined) return null;
  const parsed = maxBadShareSchema.safeParse(Number(given));
  if (parsed.success) return parsed.data;
  throw new Problem(400, 'bad_share', 'max_bad_share must be a number from 0 to 1.', {
    field: 'max_bad_share',
  });
}
