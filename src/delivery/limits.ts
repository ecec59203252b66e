import { z } from 'zod';
import type { StoredAccount } from './accounts.ts';
import { limitsOf, slowedTo, type Used, warmUpToday } from './throttle.ts';

const many = z.number().int().min(1).max(1_000_000_000);

/** What limits an account beside its rate per second; null where nothing does. */
export const accountLimits = z.object({
  per_hour: many.nullable().describe('Emails within any hour'),
  per_day: many.nullable().describe('Emails within any 24 hours'),
  in_flight: many.nullable().describe('Emails under way at once, of all processes'),
  warm_up: z
    .array(many)
    .max(100)
    .describe('For a new sender: emails on its first day, its second, and so on; after the last it is over'),
});
export type AccountLimits = z.infer<typeof accountLimits>;

export const afterCrash = z
  .enum(['resend', 'hold'])
  .describe(
    'What becomes of an email that was being sent when its worker died, as nobody knows whether it was: it is sent again under the same Message-ID, or held until a person says',
  );

/** How much of its limits an account has used. */
export const accountUsage = z.object({
  hour: z.number().int().describe('Emails within the last hour'),
  day: z.number().int().describe('Emails within the last 24 hours'),
  sending: z.number().int().describe('Emails under way'),
  rate: z.number().describe('Emails a second now: less than the limit after the provider complained'),
  warm_up_today: z.number().int().nullable().describe('What the plan to warm up allows within 24 hours now'),
  full: z
    .enum(['hour', 'day', 'warm_up', 'in_flight', 'slowed'])
    .nullable()
    .describe('The limit that lets nothing out now'),
  resumes_at: z.string().nullable().describe('Until when the provider wants nothing'),
});
export type AccountUsage = z.infer<typeof accountUsage>;

/** Columns for limits that are given. A plan that is new begins now. */
export function limitColumns(
  given: Partial<AccountLimits> = {},
  before: Pick<StoredAccount, 'warm_up'> | undefined,
  now: Date,
) {
  const { per_hour, per_day, in_flight, warm_up } = given;
  const same = warm_up && before && JSON.stringify(warm_up) === JSON.stringify(before.warm_up);
  return {
    ...(per_hour !== undefined && { per_hour }),
    ...(per_day !== undefined && { per_day }),
    ...(in_flight !== undefined && { in_flight }),
    ...(warm_up && !same && { warm_up, warm_up_from: warm_up.length > 0 ? now : null }),
  };
}

export const viewLimits = ({ per_hour, per_day, in_flight, warm_up }: StoredAccount): AccountLimits => ({
  ...{ per_hour, per_day, in_flight, warm_up },
});

export function viewUsage(account: StoredAccount, used: Used, now: Date): AccountUsage {
  const { limits } = limitsOf({ ...account, rate: account.rate_per_second, ...used }, now);
  // An empty bucket is the rate at work, and no reason to look.
  const [full = null] = limits.flatMap(([limit, left]) => (limit !== 'rate' && left <= 0 ? [limit] : []));
  return {
    ...used,
    rate: account.rate_per_second * slowedTo(account, now),
    warm_up_today: warmUpToday(account, now) ?? null,
    full,
    resumes_at: account.resumes_at && account.resumes_at > now ? account.resumes_at.toISOString() : null,
  };
}
