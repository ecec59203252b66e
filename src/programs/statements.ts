/**
 * What is known of a program or a location is, field by field, the newest statement about it. Statements have an order of
 * their own (their time, then their fingerprint), so whoever hears all of them, in any order and however often, knows the
 * same in the end.
 */

/** When a field was last stated: texts that compare as the statements do. Nothing: by nobody, it is as it began. */
export type Stated = Record<string, string>;

/** The order of a document's statements. */
export const documentOrder = (time: Date, fingerprint: string): string =>
  `${time.toISOString()} ${fingerprint}`;

/**
 * The order of what a person says now: after everything that was said before, be it by a document whose clock is ahead.
 * "person" stands behind all fingerprints (hexadecimal) of the same instant.
 */
export function personOrder(now: Date, stated: Stated): string {
  const latest = Math.max(...Object.values(stated).map((order) => Date.parse(order.slice(0, 24)) + 1), 0);
  return `${new Date(Math.max(now.getTime(), latest)).toISOString()} person`;
}

/** Of what a statement says, what is newer than what is known; and the orders then. */
export function newer<Said extends object>(
  said: Said,
  stated: Stated,
  order: string,
): { change: Partial<Said>; stated: Stated } {
  const fields = Object.entries(said).filter(
    ([field, value]) => value !== undefined && order > (stated[field] ?? ''),
  );
  return {
    change: Object.fromEntries(fields) as Partial<Said>,
    stated: { ...stated, ...Object.fromEntries(fields.map(([field]) => [field, order])) },
  };
}
