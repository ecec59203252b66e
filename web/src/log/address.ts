/** What the address of the log page may carry: the reason whose messages are listed. */
export interface LogSearch {
  reason?: string | undefined;
}

export const rejected = (given: Record<string, unknown>): LogSearch => ({
  reason: typeof given.reason === 'string' && given.reason !== '' ? given.reason : undefined,
});
