import { NumberInput, Select, Text } from '@mantine/core';
import type { EventRule } from './rule.ts';

interface Props {
  rule: EventRule;
  onChange: (rule: EventRule) => void;
}

type How = 'at_least' | 'at_most' | 'exactly' | 'between' | 'never' | 'any';
const words: { value: How; label: string }[] = [
  { value: 'at_least', label: 'at least' },
  { value: 'at_most', label: 'at most' },
  { value: 'exactly', label: 'exactly' },
  { value: 'between', label: 'between' },
  { value: 'never', label: 'not once' },
];

/** Where a total says how much, it need not be said how often. */
const anyNumber: { value: How; label: string } = { value: 'any', label: 'any number of' };

function howOf({ count, total }: EventRule): How {
  if (!count) return total ? 'any' : 'at_least';
  if (count.exactly !== undefined) return count.exactly === 0 ? 'never' : 'exactly';
  if (count.at_least !== undefined && count.at_most !== undefined) return 'between';
  return count.at_most !== undefined ? 'at_most' : 'at_least';
}

/** How many times an event was done. */
export function EventCount({ rule, onChange }: Props) {
  const count = rule.count ?? { at_least: 1 };
  const how = howOf(rule);
  const put = (next: EventRule['count']) => onChange({ ...rule, count: next });
  const times = count.exactly ?? count.at_least ?? count.at_most ?? 1;
  const choose = (next: How) => {
    const n = Math.max(1, times);
    if (next === 'any') {
      const { count: _, ...rest } = rule;
      onChange(rest);
    } else if (next === 'never') put({ exactly: 0 });
    else if (next === 'between') put({ at_least: n, at_most: n + 1 });
    else put({ [next]: n });
  };
  const field = (label: string, value: number, change: (n: number) => void) => (
    <NumberInput
      size="xs"
      w={68}
      min={0}
      allowDecimal={false}
      aria-label={label}
      value={value}
      onChange={(next) => change(Number(next) || 0)}
    />
  );
  return (
    <>
      <Select
        size="xs"
        w={how === 'any' ? 124 : 100}
        aria-label="How often"
        value={how}
        allowDeselect={false}
        data={rule.total ? [...words, anyNumber] : words}
        onChange={(next) => choose(next as How)}
      />
      {how === 'between' ? (
        <>
          {field('Times, from', count.at_least ?? 0, (n) => put({ ...count, at_least: n }))}
          <Text size="sm">and</Text>
          {field('Times, to', count.at_most ?? 0, (n) => put({ ...count, at_most: n }))}
        </>
      ) : (
        how !== 'never' && how !== 'any' && field('Times', times, (n) => put({ [how]: n }))
      )}
      {how !== 'never' && (
        <Text size="sm">{how !== 'between' && how !== 'any' && times === 1 ? 'time' : 'times'}</Text>
      )}
    </>
  );
}
