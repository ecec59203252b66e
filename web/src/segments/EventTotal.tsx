import { ActionIcon, Autocomplete, NumberInput, Select, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import classes from './Rule.module.css';
import type { EventRule } from './rule.ts';

type Total = NonNullable<EventRule['total']>;

interface Props {
  total: Total;
  /** Names of properties the event has had. */
  properties: string[];
  onChange: (total: Total) => void;
  onRemove: () => void;
}

const operators: { value: Total['operator']; label: string }[] = [
  { value: 'at_least', label: 'at least' },
  { value: 'greater_than', label: 'more than' },
  { value: 'at_most', label: 'at most' },
  { value: 'less_than', label: 'less than' },
];

/** "and revenue in total is at least 500" */
export function EventTotal({ total, properties, onChange, onRemove }: Props) {
  return (
    <div className={classes.row}>
      <Text size="sm">and</Text>
      <Autocomplete
        size="xs"
        w={130}
        aria-label="Property to add up"
        placeholder="Property"
        value={total.property}
        data={properties}
        onChange={(property) => onChange({ ...total, property })}
      />
      <Text size="sm">in total is</Text>
      <Select
        size="xs"
        w={104}
        aria-label="Operator for the total"
        value={total.operator}
        allowDeselect={false}
        data={operators}
        onChange={(operator) => onChange({ ...total, operator: operator as Total['operator'] })}
      />
      <NumberInput
        size="xs"
        w={96}
        aria-label="Value for the total"
        placeholder="Number"
        value={total.value}
        // An empty field stays empty until a number is typed; the rule is not finished meanwhile.
        onChange={(value) => onChange({ ...total, value: value as number })}
      />
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Remove total" onClick={onRemove}>
        <IconX size={14} />
      </ActionIcon>
    </div>
  );
}
