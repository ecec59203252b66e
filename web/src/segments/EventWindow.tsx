import { Select, Text } from '@mantine/core';
import { DurationFields } from './DurationFields.tsx';
import type { EventRule } from './rule.ts';
import { TimeField } from './TimeField.tsx';

interface Props {
  rule: EventRule;
  onChange: (rule: EventRule) => void;
}

type How = 'ever' | 'within_last' | 'from' | 'to' | 'from_to';
const words: { value: How; label: string }[] = [
  { value: 'ever', label: 'at any time' },
  { value: 'within_last', label: 'in the last' },
  { value: 'from', label: 'since' },
  { value: 'to', label: 'before' },
  { value: 'from_to', label: 'from … to' },
];

function howOf(rule: EventRule): How {
  if (rule.within_last) return 'within_last';
  if (rule.from !== undefined) return rule.to !== undefined ? 'from_to' : 'from';
  return rule.to !== undefined ? 'to' : 'ever';
}

/** When an event was done. */
export function EventWindow({ rule, onChange }: Props) {
  const how = howOf(rule);
  const { within_last, from, to, ...rest } = rule;
  const choose = (next: How) => {
    if (next === 'within_last')
      onChange({ ...rest, within_last: within_last ?? { amount: 30, unit: 'day' } });
    else if (next === 'from') onChange({ ...rest, from: from ?? '' });
    else if (next === 'to') onChange({ ...rest, to: to ?? '' });
    else if (next === 'from_to') onChange({ ...rest, from: from ?? '', to: to ?? '' });
    else onChange(rest);
  };
  return (
    <>
      <Select
        size="xs"
        w={118}
        aria-label="When"
        value={how}
        allowDeselect={false}
        data={words}
        onChange={(next) => choose(next as How)}
      />
      {within_last && (
        <DurationFields
          label="In the last"
          value={within_last}
          onChange={(next) => onChange({ ...rest, within_last: next })}
        />
      )}
      {from !== undefined && (
        <TimeField label="From" value={from} onChange={(next) => onChange({ ...rule, from: next })} />
      )}
      {how === 'from_to' && <Text size="sm">to</Text>}
      {to !== undefined && (
        <TimeField label="To" value={to} onChange={(next) => onChange({ ...rule, to: next })} />
      )}
    </>
  );
}
