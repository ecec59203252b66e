/** So many of the last emails of an account are looked at. */
const looked = 50;
/** What is longer ago says nothing of now. */
const forgottenAfterMs = 10 * 60_000;

type End = 'sent' | 'refused';

/**
 * Notices when a provider refuses most emails of an account, each for itself: a list gone bad, or a reputation lost, which gets
 * worse with every further email. Each process sees what it sent itself.
 */
export function createBursts() {
  const ends = new Map<string, { end: End; at: number }[]>();

  return {
    /**
     * @param words the provider's
     * @returns why the account should be paused; undefined when it should not
     */
    note(account: string, end: End, now: Date, words = ''): string | undefined {
      const before = ends.get(account) ?? [];
      const recent = before.filter(({ at }) => now.getTime() - at < forgottenAfterMs).slice(1 - looked);
      recent.push({ end, at: now.getTime() });
      ends.set(account, recent);
      const refused = recent.filter((one) => one.end === 'refused').length;
      if (recent.length < looked || refused * 2 <= looked) return undefined;
      ends.delete(account);
      return `${refused} of the last ${looked} emails were refused for good. The last answer: ${words}`;
    },
    forget: (account: string) => void ends.delete(account),
  };
}
