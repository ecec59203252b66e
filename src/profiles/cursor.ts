import { Problem } from '../engine/index.ts';

/** Where the next page begins: opaque text to the caller. */
export const encodeCursor = (parts: readonly string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/** @throws Problem 400 `bad_cursor` unless the text was made by `encodeCursor` with as many parts. */
export function decodeCursor(cursor: string, parts: number): string[] {
  try {
    const given: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(given) && given.length === parts && given.every((part) => typeof part === 'string')) {
      return given;
    }
  } catch {
    // Not JSON: answered below.
  }
  throw new Problem(400, 'bad_cursor', 'The cursor is not one this list gave out.', {
    field: 'cursor',
    hint: 'Begin again without a cursor.',
  });
}
