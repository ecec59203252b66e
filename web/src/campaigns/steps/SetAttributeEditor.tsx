import { Button, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { insideError } from '../../shared/fieldError.ts';
import type { StepOf } from '../queries.ts';
import { AttributeRow } from './AttributeRow.tsx';
import type { Editing } from './editing.ts';

export type Value = StepOf<'set_attribute'>['attributes'][string];

/** What is noted about the person. */
export function SetAttributeEditor({ step, field, error, onChange }: Editing<'set_attribute'>) {
  // As a list: two names are the same for a moment while one is typed.
  const [rows, setRows] = useState<[string, Value][]>(() => Object.entries(step.attributes));
  const change = (next: [string, Value][]) => {
    setRows(next);
    onChange({ ...step, attributes: Object.fromEntries(next) });
  };
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        Segments, branches and emails know it from then on, as if the person had said it.
      </Text>
      {rows.map(([name, value], at) => (
        <AttributeRow
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place, and shows only its value
          key={at}
          name={name}
          value={value}
          onChange={(next) => change(rows.with(at, next))}
          onRemove={rows.length > 1 ? () => change(rows.toSpliced(at, 1)) : undefined}
        />
      ))}
      <Text size="xs" c="var(--mantine-color-error)" role="alert">
        {insideError(error, `${field}.attributes`)}
      </Text>
      <div>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} />}
          onClick={() => change([...rows, ['', '']])}
        >
          Another attribute
        </Button>
      </div>
    </Stack>
  );
}
