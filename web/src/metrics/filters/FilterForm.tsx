import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Dimension, Filter, Operator } from '../question.ts';
import { dimensionGroups } from '../words/dimensionGroups.ts';
import { propertyOf } from '../words/dimensions.ts';
import { FilterValues } from './FilterValues.tsx';
import { operatorLabels, operatorsFor } from './filters.ts';

interface Props {
  initial?: Filter;
  done: (filter: Filter) => void;
}

const byProperty = 'property';

/** One filter, written: of what, how, and with which values. */
export function FilterForm({ initial, done }: Props) {
  const [chosen, setChosen] = useState<string>(
    initial ? (propertyOf(initial[0]) === undefined ? initial[0] : byProperty) : 'path',
  );
  const [property, setProperty] = useState(initial ? (propertyOf(initial[0]) ?? '') : '');
  const [operator, setOperator] = useState<Operator>(
    initial ? (initial[1] === 'in' ? 'equals' : initial[1]) : 'equals',
  );
  const [values, setValues] = useState<string[]>(initial?.slice(2) ?? []);
  const dimension = (chosen === byProperty ? `property:${property.trim()}` : chosen) as Dimension;
  const named = chosen !== byProperty || property.trim() !== '';
  const written = named && (operator === 'exists' || values.length > 0);
  const several = operator === 'equals' && values.length > 1;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        // Forms in a portal are still inside their parents', for events.
        event.stopPropagation();
        if (!written) return;
        done([dimension, several ? 'in' : operator, ...(operator === 'exists' ? [] : values)]);
      }}
    >
      <Stack gap="xs" w={280} maw="calc(100vw - 60px)">
        <Select
          label="Filter by"
          size="sm"
          allowDeselect={false}
          searchable
          openOnFocus={false}
          value={chosen}
          onChange={(next) => {
            setChosen(next ?? 'path');
            setValues([]);
            setOperator('equals');
          }}
          data={[
            ...dimensionGroups,
            { group: 'Anything else', items: [{ value: byProperty, label: 'Event property' }] },
          ]}
          comboboxProps={{ withinPortal: false }}
          maxDropdownHeight={260}
        />
        {chosen === byProperty && (
          <TextInput
            label="Property"
            size="sm"
            placeholder="plan"
            value={property}
            onChange={(event) => setProperty(event.currentTarget.value)}
          />
        )}
        <Select
          label="Condition"
          size="sm"
          allowDeselect={false}
          value={operator}
          onChange={(next) => setOperator(next as Operator)}
          data={operatorsFor(dimension).map((value) => ({ value, label: operatorLabels[value] }))}
          comboboxProps={{ withinPortal: false }}
        />
        {operator !== 'exists' && (
          <FilterValues
            key={`${dimension} ${operator}`}
            dimension={dimension}
            operator={operator}
            values={values}
            onChange={setValues}
            known={named}
          />
        )}
        <Group justify="flex-end">
          <Button type="submit" size="xs" disabled={!written}>
            Apply
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
