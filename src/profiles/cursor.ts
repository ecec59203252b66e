import { Problem } from '../engine/index.ts';

/** Where the next page begins: opaque text to the caller. */
export const encodeCursor = (parts: readonly string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/** @throws Problem 400 `bad_cursor` unless it is text of `encodeCursor` with as many parts; see `cursorTime`. */
export function decodeCursor(cursor: string, parts: number, field = 'cursor'): string[] {
  try {
    const given: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(given) && given.length === parts && given.every((part) => typeof part === 'string')) {
      return given;
    }
  } catch {
    // Not JSON: answered below.
  }
  throw badCursor(field);
}

/** What the log's times can be, and so the engine's: beyond these a question fails. */
const earliest = Date.UTC(1900, 0, 1);
const latest = Date.UTC(2299, 11, 31);

/** The nearest time the engine can be asked about. */
export const askable = (time: Date): Date => new Date(Math.min(Math.max(time.getTime(), earliest), latest));

/**
 * A part of a cursor that is a time, milliseconds since 1970.
 *
 * @throws Problem 400 `bad_cursor`
 */
export function cursorTime(part: string | undefined, field = 'cursor'): Date {
  const ms = part !== undefined && /^-?\d{1,14}$/.test(part) ? Number(part) : Number.NaN;
  if (ms >= earliest && ms <= latest) return new Date(ms);
  throw badCursor(field);
}

export const badCursor = (field: string) =>
  new Problem(400, 'bad_cursor', 'The cursor is not one this list gave out.', {
    field,
    hint: 'Begin again without a cursor.',
  });
