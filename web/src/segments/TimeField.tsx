import { TextInput } from '@mantine/core';
import { useTimes } from '../shared/format.ts';

interface Props {
  label: string;
  /** ISO 8601; a day alone means its beginning in the workspace's time zone. */
  value: string;
  onChange: (value: string) => void;
}

const day = /^\d{4}-\d\d-\d\d$/;
const dayInUtc = /^(\d{4}-\d\d-\d\d)T00:00(:00(\.0+)?)?Z$/;

/** A day to choose; a time of day that came by JSON is kept and can be changed as text. */
export function TimeField({ label, value, onChange }: Props) {
  const { timeZone } = useTimes();
  const shown = timeZone === 'UTC' ? (dayInUtc.exec(value)?.[1] ?? value) : value;
  const isDay = shown === '' || day.test(shown);
  return (
    <TextInput
      size="xs"
      w={isDay ? 140 : 200}
      type={isDay ? 'date' : 'text'}
      aria-label={label}
      title={isDay ? `The beginning of the day in ${timeZone}` : undefined}
      value={shown}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
