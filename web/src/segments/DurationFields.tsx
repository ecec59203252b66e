import { NumberInput, Select } from '@mantine/core';
import type { Duration } from './rule.ts';

interface Props {
  label: string;
  value: Duration;
  onChange: (value: Duration) => void;
}

/** "30 days" */
export function DurationFields({ label, value, onChange }: Props) {
  return (
    <>
      <NumberInput
        size="xs"
        w={76}
        min={1}
        allowDecimal={false}
        aria-label={`${label}, how many`}
        value={value.amount}
        onChange={(amount) => onChange({ ...value, amount: Number(amount) || 1 })}
      />
      <Select
        size="xs"
        w={104}
        aria-label={`${label}, unit`}
        value={value.unit}
        allowDeselect={false}
        data={[
          { value: 'minute', label: 'minutes' },
          { value: 'hour', label: 'hours' },
          { value: 'day', label: 'days' },
          { value: 'week', label: 'weeks' },
          { value: 'month', label: 'months' },
          { value: 'year', label: 'years' },
        ].map(({ value: unit, label: many }) => ({
          value: unit,
          label: value.amount === 1 ? unit : many,
        }))}
        onChange={(unit) => onChange({ ...value, unit: unit as Duration['unit'] })}
      />
    </>
  );
}
