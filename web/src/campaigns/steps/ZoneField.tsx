import { Select } from '@mantine/core';
import { timeZones } from '../../shared/timeZones.ts';

interface Props {
  label?: string;
  /** Which it is when none is chosen. */
  otherwise: string;
  value: string | undefined;
  error?: string | undefined;
  onChange: (zone: string | undefined) => void;
}

/** A time zone, or the one that holds anyway. */
export function ZoneField({ label = 'Time zone', otherwise, value, error, onChange }: Props) {
  return (
    <Select
      label={label}
      placeholder={otherwise}
      searchable
      clearable
      limit={60}
      maw={480}
      data={timeZones(value)}
      value={value ?? null}
      error={error}
      onChange={(zone) => onChange(zone ?? undefined)}
    />
  );
}
