import { Group, Input, NumberInput, Select } from '@mantine/core';
import { useState } from 'react';
import { unitOf, units } from '../lengths.ts';

interface Props {
  label: string;
  description?: string;
  seconds: number;
  error?: string | undefined;
  onChange: (seconds: number) => void;
}

/** A length of time: an amount and its unit. */
export function LengthFields({ label, description, seconds, error, onChange }: Props) {
  const [size, setSize] = useState(() => unitOf(seconds));
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div">
      <Group gap="xs" mt={4}>
        <NumberInput
          w={100}
          min={1}
          allowNegative={false}
          aria-label={`${label}: how many`}
          value={seconds / size}
          onChange={(amount) =>
            Number(amount) > 0 && onChange(Math.max(1, Math.round(Number(amount) * size)))
          }
        />
        <Select
          w={130}
          aria-label={`${label}: unit`}
          value={String(size)}
          allowDeselect={false}
          data={units.map((unit) => ({ value: String(unit.size), label: unit.many }))}
          onChange={(next) => {
            setSize(Number(next));
            onChange(Math.max(1, Math.round((seconds / size) * Number(next))));
          }}
        />
      </Group>
    </Input.Wrapper>
  );
}
