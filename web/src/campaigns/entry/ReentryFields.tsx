import { NumberInput, Radio, Stack } from '@mantine/core';
import { fieldError } from '../../shared/fieldError.ts';
import type { Settings } from './settings.ts';

/** Whether somebody who is through may enter once more. */
export function ReentryFields({ definition: { entry }, error, define }: Settings) {
  const { reentry } = entry;
  const days = typeof reentry === 'object' ? reentry.days : undefined;
  const change = (next: typeof reentry) => define({ entry: { ...entry, reentry: next } });
  return (
    <Stack gap="sm">
      <Radio.Group
        label="May somebody who finished or left enter again?"
        value={days === undefined ? String(reentry) : 'days'}
        onChange={(value) => change(value === 'days' ? { days: 30 } : (value as 'never' | 'always'))}
      >
        <Stack gap={6} mt={6}>
          <Radio value="never" label="Never: each person goes through it once" />
          <Radio value="always" label="Always" />
          <Radio value="days" label="Some days after they entered last" />
        </Stack>
      </Radio.Group>
      {days !== undefined && (
        <NumberInput
          label="Days"
          w={120}
          min={1}
          max={3_650}
          allowDecimal={false}
          value={days}
          error={fieldError(error, 'definition.entry.reentry.days')}
          onChange={(value) => change({ days: Number(value) || 1 })}
        />
      )}
    </Stack>
  );
}
