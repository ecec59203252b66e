import type { Schedule } from './queries.ts';

const units = { minutes: 60, hours: 3_600, days: 86_400 } as const;
export type Unit = keyof typeof units;

/** What the form of a schedule holds. */
export interface ScheduleDraft {
  how: 'hourly' | 'every' | 'cron';
  every: number | string;
  unit: Unit;
  cron: string;
  /** Percent. */
  removalLimit: number | string;
}

export function draftOfSchedule(schedule: Schedule, removalLimit: number): ScheduleDraft {
  const limit = { removalLimit: Math.round(removalLimit * 1_000) / 10 };
  if ('cron' in schedule) return { how: 'cron', every: 4, unit: 'hours', cron: schedule.cron, ...limit };
  const { every_seconds: seconds } = schedule;
  const unit = (['days', 'hours', 'minutes'] as const).find((one) => seconds % units[one] === 0) ?? 'minutes';
  return {
    how: seconds === 3_600 ? 'hourly' : 'every',
    ...{ every: seconds / units[unit], unit, cron: '0 6 * * *' },
    ...limit,
  };
}

export function scheduleOf({ how, every, unit, cron }: ScheduleDraft): Schedule {
  if (how === 'cron') return { cron };
  return { every_seconds: how === 'hourly' ? 3_600 : Math.round(Number(every) * units[unit]) };
}

export const limitOf = ({ removalLimit }: ScheduleDraft) => Number(removalLimit) / 100;
