import { ActionIcon, Autocomplete, Group, NumberInput, Select, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useSuggestions } from '../../segments/queries.ts';
import type { Value } from './SetAttributeEditor.tsx';

const kinds = [
  { value: 'string', label: 'text' },
  { value: 'number', label: 'number' },
  { value: 'boolean', label: 'yes or no' },
  { value: 'null', label: 'nothing' },
];
const begin: Record<string, Value> = { string: '', number: 0, boolean: true, null: null };

interface Props {
  name: string;
  value: Value;
  onChange: (row: [string, Value]) => void;
  onRemove: (() => void) | undefined;
}

/** One attribute and what it becomes. */
export function AttributeRow({ name, value, onChange, onRemove }: Props) {
  const known = useSuggestions().data?.attributes.map((one) => one.name) ?? [];
  const label = `Value of ${name || 'the attribute'}`;
  return (
    <Group gap="xs" align="end">
      <Autocomplete
        label="Attribute"
        placeholder="welcomed"
        w={170}
        data={known}
        value={name}
        onChange={(next) => onChange([next, value])}
      />
      <Select
        label="becomes"
        aria-label={`Kind of ${name || 'the attribute'}`}
        w={120}
        allowDeselect={false}
        data={kinds}
        value={value === null ? 'null' : typeof value}
        onChange={(kind) => kind && onChange([name, begin[kind] ?? null])}
      />
      {typeof value === 'string' && (
        <TextInput
          aria-label={label}
          w={150}
          value={value}
          onChange={(event) => onChange([name, event.currentTarget.value])}
        />
      )}
      {typeof value === 'number' && (
        <NumberInput
          aria-label={label}
          w={150}
          value={value}
          onChange={(next) => onChange([name, Number(next) || 0])}
        />
      )}
      {typeof value === 'boolean' && (
        <Select
          aria-label={label}
          w={150}
          allowDeselect={false}
          data={['yes', 'no']}
          value={value ? 'yes' : 'no'}
          onChange={(next) => onChange([name, next === 'yes'])}
        />
      )}
      {onRemove && (
        <ActionIcon size={36} variant="subtle" color="red" aria-label={`Remove ${name}`} onClick={onRemove}>
          <IconTrash size={16} />
        </ActionIcon>
      )}
    </Group>
  );
}
