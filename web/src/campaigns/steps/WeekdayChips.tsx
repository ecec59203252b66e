import { Chip, Group, Input } from '@mantine/core';
import { weekdays } from '../lengths.ts';
import type { Weekday } from '../queries.ts';

interface Props {
  label: string;
  description?: string;
  value: Weekday[] | undefined;
  onChange: (days: Weekday[] | undefined) => void;
}

/** Days of the week; none chosen means any. */
export function WeekdayChips({
  label,
  description = 'Any day when none is chosen.',
  value,
  onChange,
}: Props) {
  return (
    <Input.Wrapper label={label} description={description} labelElement="div">
      <Chip.Group
        multiple
        value={value ?? []}
        onChange={(days) => onChange(days.length === 0 ? undefined : (days as Weekday[]))}
      >
        <Group gap={6} mt={6} role="group" aria-label={label}>
          {weekdays.map(({ value: day, label: name, short }) => (
            <Chip key={day} value={day} size="xs" aria-label={name}>
              {short}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Input.Wrapper>
  );
}
