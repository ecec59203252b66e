import type { Account } from '../../settings/queries.ts';

const full: Record<NonNullable<Account['usage']['full']>, string> = {
  hour: 'Its limit of an hour is reached: more goes out as the hour moves on.',
  day: 'Its limit of a day is reached: more goes out as the 24 hours move on.',
  warm_up: 'It is warming up, and has sent what its plan allows today.',
  in_flight: 'As many emails are under way at once as it may have.',
  slowed: 'The provider asked it to slow down.',
};

/** Why an account lets nothing out now; nothing when it does. */
export function holdsBack({ status, paused_reason, usage }: Account): string | undefined {
  if (status === 'paused') return paused_reason ?? 'It is paused: resume it in the settings.';
  return usage.full ? full[usage.full] : undefined;
}
