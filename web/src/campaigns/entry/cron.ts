import { Cron } from 'croner';
import { daysText, weekdays } from '../lengths.ts';

/** A schedule most people mean; anything else is written as cron itself. */
export type Plan =
  | { every: 'hour'; minute: number }
  | { every: 'day'; time: string }
  | { every: 'week'; time: string; days: string[] }
  | { every: 'month'; time: string; day: number }
  | { every: 'cron' };

const two = (value: number) => String(value).padStart(2, '0');
const whole = (text: string | undefined, most: number): number | undefined => {
  const value = /^\d{1,2}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return value <= most ? value : undefined;
};

/** Days of the week as cron counts them: 0 and 7 are Sunday. */
function daysOf(text: string): string[] | undefined {
  const numbers = text.split(',').flatMap((part) => {
    const [from, to = from] = part.split('-').map((one) => whole(one, 7));
    return from === undefined || to === undefined || from > to
      ? [Number.NaN]
      : Array.from({ length: to - from + 1 }, (_, n) => from + n);
  });
  if (numbers.some(Number.isNaN)) return undefined;
  const wanted = new Set(numbers.map((day) => (day + 6) % 7));
  return weekdays.flatMap(({ value }, at) => (wanted.has(at) ? [value] : []));
}

/** What a cron expression means, where it is one that the form can show. */
export function planOf(cron: string): Plan {
  const custom: Plan = { every: 'cron' };
  const [m, h, dayOfMonth, month, dayOfWeek, ...more] = cron.trim().split(/\s+/);
  const minute = whole(m, 59);
  if (minute === undefined || month !== '*' || dayOfWeek === undefined || more.length > 0) return custom;
  if (h === '*') return dayOfMonth === '*' && dayOfWeek === '*' ? { every: 'hour', minute } : custom;
  const hour = whole(h, 23);
  if (hour === undefined) return custom;
  const time = `${two(hour)}:${two(minute)}`;
  if (dayOfMonth === '*') {
    if (dayOfWeek === '*') return { every: 'day', time };
    const days = daysOf(dayOfWeek);
    return days ? { every: 'week', time, days } : custom;
  }
  const day = whole(dayOfMonth, 31);
  return day && dayOfWeek === '*' ? { every: 'month', time, day } : custom;
}

/** The cron expression of a plan. */
export function cronOf(plan: Exclude<Plan, { every: 'cron' }>): string {
  if (plan.every === 'hour') return `${plan.minute} * * * *`;
  const [hour, minute] = plan.time.split(':').map(Number);
  const at = `${minute} ${hour}`;
  if (plan.every === 'day') return `${at} * * *`;
  if (plan.every === 'month') return `${at} ${plan.day} * *`;
  const days = weekdays.flatMap(({ value }, index) => (plan.days.includes(value) ? [(index + 1) % 7] : []));
  return `${at} * * ${days.sort().join(',')}`;
}

/** "every day at 09:00" */
export function cronText(cron: string): string {
  const plan = planOf(cron);
  switch (plan.every) {
    case 'hour':
      return `every hour at ${two(plan.minute)} past`;
    case 'day':
      return `every day at ${plan.time}`;
    case 'week':
      return `${daysText(plan.days)} at ${plan.time}`;
    case 'month':
      return `on day ${plan.day} of each month at ${plan.time}`;
    case 'cron':
      return `by ${cron || 'a schedule'}`;
  }
}

/** When it comes next, the first few times; what is wrong with it otherwise. */
export function nextTimes(cron: string, timezone: string): { times: Date[] } | { wrong: string } {
  try {
    const times = new Cron(cron, { timezone, paused: true }).nextRuns(3);
    return times.length > 0 ? { times } : { wrong: 'That never comes.' };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error) };
  }
}
