import { TextInput } from '@mantine/core';

interface Props {
  label: string;
  /** ISO 8601; a day alone means its beginning in UTC. */
  value: string;
  onChange: (value: string) => void;
}

const dayOnly = /^(\d{4}-\d\d-\d\d)(T00:00(:00(\.0+)?)?Z)?$/;

/** A day to choose; a time of day that came by JSON is kept and can be changed as text. */
export function TimeField({ label, value, onChange }: Props) {
  const day = value === '' ? '' : dayOnly.exec(value)?.[1];
  return (
    <TextInput
      size="xs"
      w={day === undefined ? 200 : 140}
      type={day === undefined ? 'text' : 'date'}
      aria-label={label}
      value={day ?? value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
