export const kinds = ['string', 'number', 'boolean', 'date', 'list', 'object'] as const;
export type Kind = (typeof kinds)[number];

/** `2026-03-04`, with a time of day or without. */
const written = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** What an attribute's value is. JSON has no dates: a text that is one counts as one. */
export function kindOf(value: unknown): Kind {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'object';
  return isDay(String(value)) ? 'date' : 'string';
}

/** Not the 30th of February: JavaScript takes it for a day of March. */
function isDay(text: string): boolean {
  if (!written.test(text)) return false;
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return (
    !Number.isNaN(day.getTime()) &&
    day.toISOString().startsWith(text.slice(0, 10)) &&
    !Number.isNaN(Date.parse(text))
  );
}
