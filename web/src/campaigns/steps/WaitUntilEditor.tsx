import { Stack } from '@mantine/core';
import { fieldError } from '../../shared/fieldError.ts';
import type { Editing } from './editing.ts';
import { TimeOfDay } from './TimeOfDay.tsx';
import { WeekdayChips } from './WeekdayChips.tsx';
import { ZoneField } from './ZoneField.tsx';

/** Until the clock shows a time, on one of some weekdays. */
export function WaitUntilEditor({ step, field, error, onChange }: Editing<'wait_until'>) {
  return (
    <Stack>
      <TimeOfDay
        label="Wait until"
        value={step.time}
        error={fieldError(error, `${field}.time`)}
        onChange={(time) => onChange({ ...step, time })}
      />
      <WeekdayChips
        label="On these days"
        value={step.days}
        onChange={(days) => onChange({ ...step, days })}
      />
      <ZoneField
        otherwise="The campaign’s"
        value={step.timezone}
        error={fieldError(error, `${field}.timezone`)}
        onChange={(timezone) => onChange({ ...step, timezone })}
      />
    </Stack>
  );
}
