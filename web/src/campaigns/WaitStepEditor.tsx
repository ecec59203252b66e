import { Group, NumberInput, Select, Text } from '@mantine/core';
import { useState } from 'react';
import type { WaitStep } from './queries.ts';

const units = [
  { value: '1', label: 'seconds' },
  { value: '60', label: 'minutes' },
  { value: '3600', label: 'hours' },
  { value: '86400', label: 'days' },
];

/** The largest unit that gives a whole number. */
const unitOf = (seconds: number) =>
  units.findLast((unit) => seconds > 0 && seconds % Number(unit.value) === 0)?.value ?? '1';

interface Props {
  step: WaitStep;
  name: string;
  onChange: (step: WaitStep) => void;
}

/** How long to wait, as a sentence. */
export function WaitStepEditor({ step, name, onChange }: Props) {
  const [unit, setUnit] = useState(() => unitOf(step.seconds));
  const size = Number(unit);
  return (
    <Group gap="xs">
      <Text size="sm">Wait</Text>
      <NumberInput
        size="xs"
        w={80}
        min={1}
        aria-label={`Length of ${name}`}
        value={step.seconds / size}
        onChange={(value) => onChange({ ...step, seconds: Math.round(Number(value) * size) })}
      />
      <Select
        size="xs"
        w={110}
        aria-label={`Unit of ${name}`}
        value={unit}
        allowDeselect={false}
        data={units}
        onChange={(next) => {
          if (!next) return;
          setUnit(next);
          onChange({ ...step, seconds: Math.round((step.seconds / size) * Number(next)) });
        }}
      />
    </Group>
  );
}
