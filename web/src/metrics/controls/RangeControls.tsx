import { Group, Select, TextInput } from '@mantine/core';
import { type Compare, compares, type RangeName, rangeNames } from '../address.ts';
import { addDays, type Period, rangeLabels } from '../range.ts';

interface RangeSearch {
  range?: RangeName | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

interface Props {
  period: Period;
  change: (next: RangeSearch) => void;
}

/** Which days: one of the usual ranges, or a first and a last day. */
export function RangePicker({ period, change }: Props) {
  const last = period.to ? addDays(period.to, -1) : addDays(period.from, period.days - 1);
  const choose = (range: RangeName) =>
    change(
      range === 'custom'
        ? { range, from: period.from, to: last }
        : { range: range === '30d' ? undefined : range, from: undefined, to: undefined },
    );
  return (
    <Group gap="xs" align="flex-end">
      <Select
        size="sm"
        w={160}
        aria-label="Time range"
        allowDeselect={false}
        value={period.name}
        onChange={(value) => choose(value as RangeName)}
        data={rangeNames.map((value) => ({ value, label: rangeLabels[value] }))}
      />
      {period.name === 'custom' && (
        <>
          <TextInput
            type="date"
            size="sm"
            aria-label="First day"
            value={period.from}
            max={last}
            onChange={(event) => change({ range: 'custom', from: event.currentTarget.value, to: last })}
          />
          <TextInput
            type="date"
            size="sm"
            aria-label="Last day"
            value={last}
            min={period.from}
            onChange={(event) =>
              change({ range: 'custom', from: period.from, to: event.currentTarget.value })
            }
          />
        </>
      )}
    </Group>
  );
}

const compareLabels: Record<Compare, string> = {
  none: 'No comparison',
  previous_period: 'Period before',
  previous_year: 'Year before',
};

interface CompareProps {
  value: Compare;
  change: (next: Compare | undefined) => void;
}

/** With what the numbers are compared. */
export function ComparePicker({ value, change }: CompareProps) {
  return (
    <Select
      size="sm"
      w={160}
      aria-label="Compare with"
      allowDeselect={false}
      value={value}
      onChange={(next) => change(next === 'previous_period' ? undefined : (next as Compare))}
      data={compares.map((one) => ({ value: one, label: compareLabels[one] }))}
    />
  );
}
