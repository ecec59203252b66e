import { Stack, Text } from '@mantine/core';
import { fieldError, insideError } from '../../shared/fieldError.ts';
import { EventFields } from './EventFields.tsx';
import type { Editing } from './editing.ts';
import { LengthFields } from './LengthFields.tsx';

/** Until the person does something, or a deadline. */
export function WaitForEditor({ step, field, error, onChange }: Editing<'wait_for'>) {
  return (
    <Stack>
      <EventFields
        label="Wait until the person does"
        value={step}
        error={insideError(error, `${field}.event`) ?? insideError(error, `${field}.where`)}
        onChange={(event) => onChange({ ...step, ...event })}
      />
      <LengthFields
        label="For at most"
        seconds={step.seconds}
        error={fieldError(error, `${field}.seconds`)}
        onChange={(seconds) => onChange({ ...step, seconds })}
      />
      <Text size="sm" c="dimmed">
        Two ways lead on: one for those who did it in time, at once when they do, and one for the others when
        the time is over. Add steps to either in the flow.
      </Text>
    </Stack>
  );
}
