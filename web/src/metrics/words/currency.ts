import { useMemo } from 'react';
import { useValues } from '../queries.ts';
import { type MetricWords, wordsOf } from './metrics.ts';

/**
 * What can be counted, with amounts in the currency of the shop's orders. Where they have none, or several that were
 * added up as they are, amounts are plain numbers.
 */
export function useWords(): (metric: string) => MetricWords {
  const currencies = useValues('currency', '').data?.items;
  const only = currencies?.length === 1 ? currencies[0]?.value : undefined;
  return useMemo(() => wordsIn(only), [only]);
}

function wordsIn(currency: string | undefined): typeof wordsOf {
  if (!currency || !/^[a-z]{3}$/i.test(currency)) return wordsOf;
  const make = (options: Intl.NumberFormatOptions) =>
    new Intl.NumberFormat(undefined, { style: 'currency', currency, ...options });
  const exact = make({});
  const whole = make({ maximumFractionDigits: 0 });
  const compact = make({ notation: 'compact', maximumFractionDigits: 1 });
  return (metric) => {
    const words = wordsOf(metric);
    if (!words.money) return words;
    // Cents stop mattering, and fitting, where there is much.
    const write = (value: number) => (Math.abs(value) < 10_000 ? exact : whole).format(value);
    return { ...words, write, tick: (value) => compact.format(value) };
  };
}
