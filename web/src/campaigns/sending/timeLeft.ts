import type { Account } from '../../settings/queries.ts';

interface Window {
  left: number;
  perSecond: number;
}

/** What an account may still send now, and how fast from then on, by each of its limits. */
function windowsOf({ limits, usage }: Pick<Account, 'limits' | 'usage'>): Window[] {
  const day = Math.min(
    limits.per_day ?? Number.POSITIVE_INFINITY,
    usage.warm_up_today ?? Number.POSITIVE_INFINITY,
  );
  const hour = limits.per_hour ?? Number.POSITIVE_INFINITY;
  return [
    { left: Math.max(0, hour - usage.hour), perSecond: hour / 3_600 },
    { left: Math.max(0, day - usage.day), perSecond: day / 86_400 },
  ];
}

/**
 * Seconds until so many emails are out, by what is measured or else by the limits: what fits into the hour and the day goes
 * as fast as the rate allows, the rest as these let go. Undefined when nothing goes out.
 */
export function timeLeft(
  emails: number,
  accounts: readonly Pick<Account, 'limits' | 'usage' | 'status'>[],
  measured: number | undefined,
): number | undefined {
  const active = accounts.filter(({ status }) => status === 'active');
  const most = active.reduce((sum, { usage }) => sum + usage.rate, 0);
  if (most === 0) return undefined;
  const part = emails / active.length;
  const waits = active.flatMap((account) =>
    windowsOf(account).map(({ left, perSecond }) => (part <= left ? 0 : (part - left) / perSecond)),
  );
  return Math.max(emails / (measured || most), ...waits);
}
