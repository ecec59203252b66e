import { Autocomplete, Select, Table, Text } from '@mantine/core';
import { knownAttributes } from '../shared/knownAttributes.ts';
import classes from './MappingTable.module.css';
import type { Column } from './queries.ts';

const columnAttributes = [...knownAttributes, 'customer_id'];
const kinds: { value: Column['kind']; label: string }[] = [
  { value: 'string', label: 'text' },
  { value: 'number', label: 'number' },
  { value: 'date', label: 'date' },
  { value: 'phone', label: 'phone number' },
  { value: 'boolean', label: 'yes or no' },
];
const orders: { value: string; label: string }[] = [
  { value: '', label: 'as written' },
  { value: 'dmy', label: 'day first' },
  { value: 'mdy', label: 'month first' },
];
const decimals: { value: string; label: string }[] = [
  { value: '', label: 'as written' },
  { value: 'point', label: 'decimal point' },
  { value: 'comma', label: 'decimal comma' },
];

interface Props {
  columns: Column[];
  /** Some values of each column, in the same order. */
  samples: string[][];
  /** A cell of each column that can be read in two ways, where there is one. */
  ambiguous: (string | null)[];
  onChange: (columns: Column[]) => void;
}

/** One row a column of the file: what it is called, what is in it, what it becomes. */
export function MappingTable({ columns, samples, ambiguous, onChange }: Props) {
  const change = (at: number, part: Partial<Column>) =>
    onChange(columns.map((column, index) => (index === at ? { ...column, ...part } : column)));
  return (
    <div className={classes.scroll}>
      <Table aria-label="Columns of the file" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Column</Table.Th>
            <Table.Th scope="col">For example</Table.Th>
            <Table.Th scope="col">Becomes the attribute</Table.Th>
            <Table.Th scope="col">Holding</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {columns.map((column, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a file may have two columns of one name
            <Table.Tr key={at}>
              <Table.Th scope="row" className={classes.header}>
                {column.header}
              </Table.Th>
              <Table.Td className={classes.sample}>
                <Text size="sm" c="dimmed" truncate>
                  {samples[at]?.filter(Boolean).slice(0, 2).join(', ') || 'empty'}
                </Text>
              </Table.Td>
              <Table.Td miw={180}>
                <Autocomplete
                  size="xs"
                  aria-label={`Attribute for ${column.header}`}
                  placeholder="left out"
                  value={column.attribute ?? ''}
                  onChange={(value) => change(at, { attribute: value.trim() || null })}
                  data={columnAttributes}
                  clearable
                />
              </Table.Td>
              <Table.Td miw={130}>
                <Select
                  size="xs"
                  aria-label={`Kind of ${column.header}`}
                  value={column.kind}
                  allowDeselect={false}
                  disabled={column.attribute === null}
                  onChange={(value) => change(at, { kind: value as Column['kind'] })}
                  data={kinds}
                />
                {column.attribute !== null && (
                  <Ways
                    column={column}
                    ambiguous={ambiguous[at] ?? null}
                    change={(part) => change(at, part)}
                  />
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface WaysProps {
  column: Column;
  ambiguous: string | null;
  change: (part: Partial<Column>) => void;
}

/** Which of two ways dates or numbers are written, asked where the column does not show it. */
function Ways({ column, ambiguous, change }: WaysProps) {
  const question = ambiguous === null ? undefined : `${ambiguous} can be read in two ways. Which?`;
  const common = { size: 'xs', mt: 4, allowDeselect: false, maw: 200, error: question } as const;
  if (column.kind === 'date')
    return (
      <Select
        {...common}
        aria-label={`Order of dates in ${column.header}`}
        value={column.date_order ?? ''}
        onChange={(value) => change({ date_order: (value || undefined) as Column['date_order'] })}
        data={orders}
      />
    );
  if (column.kind === 'number' && (ambiguous !== null || column.decimal))
    return (
      <Select
        {...common}
        aria-label={`Decimal mark in ${column.header}`}
        value={column.decimal ?? ''}
        onChange={(value) => change({ decimal: (value || undefined) as Column['decimal'] })}
        data={decimals}
      />
    );
  return null;
}
