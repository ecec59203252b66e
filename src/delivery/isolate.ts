/** PostgreSQL's SQLSTATE of an error; undefined when it came from elsewhere, as a lost connection does. */
const sqlState = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
};

/**
 * Whether PostgreSQL refused the data itself, so that the same statement will fail for ever: 22 (a value it cannot
 * hold), 23 (a constraint), 54 (too large for an index or a row).
 */
const refusesData = (error: unknown): boolean => /^(22|23|54)/.test(sqlState(error) ?? '');

/** Whether an error is of a kind that passes: the connection, a lock, a disk that is full, a server going down. */
export const passes = (error: unknown): boolean => /^(08|40|53|55|57|58|$)/.test(sqlState(error) ?? '');

/**
 * Runs with all items; when PostgreSQL refuses their data, with ever smaller parts, until whom it refuses is alone.
 * `run` must do all of its part or nothing, or bear repetition.
 * @param refused told of each item that was refused alone
 * @throws what `run` throws that is not about the data; parts before may have run then
 */
export async function isolating<T>(
  items: readonly T[],
  run: (part: readonly T[]) => Promise<void>,
  refused: (item: T, reason: Error) => Promise<void> | void,
): Promise<void> {
  if (items.length === 0) return;
  try {
    await run(items);
  } catch (error) {
    if (!refusesData(error)) throw error;
    if (items.length === 1) return refused(items[0]!, error as Error);
    const middle = items.length >> 1;
    await isolating(items.slice(0, middle), run, refused);
    await isolating(items.slice(middle), run, refused);
  }
}
