import type { QuestionOf } from '../queries.ts';

type Window = QuestionOf<'funnel'>['window'];
export const windowUnits = ['minute', 'hour', 'day', 'week'] as const;

/** The time people have for a funnel as it stands in an address: `7-day`. */
export function readWithin(text: string | undefined): Window {
  const [amount, unit] = (text ?? '').split('-');
  const known = windowUnits.find((one) => one === unit);
  const whole = Number(amount);
  return known && Number.isInteger(whole) && whole >= 1 && whole <= 1_000
    ? { amount: whole, unit: known }
    : { amount: 7, unit: 'day' };
}

export const writeWithin = ({ amount, unit }: Window) => `${amount}-${unit}`;
