import { TextInput } from '@mantine/core';

interface Props {
  label: string;
  value: string;
  error?: string | undefined;
  onChange: (time: string) => void;
}

/** A time of day, HH:MM. */
export function TimeOfDay({ label, value, error, onChange }: Props) {
  return (
    <TextInput
      type="time"
      label={label}
      w={130}
      required
      value={value}
      error={error}
      onChange={(event) => event.currentTarget.value && onChange(event.currentTarget.value.slice(0, 5))}
    />
  );
}
