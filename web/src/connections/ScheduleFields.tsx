import { Group, Input, NumberInput, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { fieldError } from '../shared/fieldError.ts';
import { useTimes } from '../shared/format.ts';
import type { ScheduleDraft, Unit } from './scheduleDraft.ts';

/** Where it shows errors itself. */
export const scheduleErrors = ['schedule', 'schedule.cron', 'schedule.every_seconds', 'removal_limit'];

interface Props {
  draft: ScheduleDraft;
  onChange: (draft: ScheduleDraft) => void;
  error: unknown;
}

/** When a connection syncs, and how much it may remove by itself. */
export function ScheduleFields({ draft, onChange, error }: Props) {
  const { timeZone } = useTimes();
  const set = (part: Partial<ScheduleDraft>) => onChange({ ...draft, ...part });
  const wrong =
    fieldError(error, 'schedule') ??
    fieldError(error, draft.how === 'cron' ? 'schedule.cron' : 'schedule.every_seconds');
  return (
    <Stack gap="sm" maw={440}>
      <Input.Wrapper label="It syncs" labelElement="div">
        <SegmentedControl
          fullWidth
          aria-label="When it syncs"
          data={[
            { value: 'hourly', label: 'Hourly' },
            { value: 'every', label: 'Every …' },
            { value: 'cron', label: 'At times' },
          ]}
          value={draft.how}
          onChange={(how) => set({ how: how as ScheduleDraft['how'] })}
        />
      </Input.Wrapper>
      {draft.how === 'hourly' && (
        <Text size="xs" c="dimmed">
          Each connection has its own minute of the hour, so that they do not all ask at once.
        </Text>
      )}
      {draft.how === 'every' && (
        <Group align="flex-start" grow>
          <NumberInput
            aria-label="Every so many"
            min={1}
            required
            value={draft.every}
            onChange={(every) => set({ every })}
            error={wrong}
          />
          <Select
            aria-label="Unit"
            allowDeselect={false}
            data={['minutes', 'hours', 'days'] satisfies Unit[]}
            value={draft.unit}
            onChange={(unit) => set({ unit: (unit ?? 'hours') as Unit })}
          />
        </Group>
      )}
      {draft.how === 'cron' && (
        <TextInput
          label="Cron expression"
          description={`Minute, hour, day of the month, month, day of the week; times of ${timeZone}. “0 6 * * 1-5” is at 6:00 on weekdays.`}
          required
          spellCheck={false}
          value={draft.cron}
          onChange={(event) => set({ cron: event.currentTarget.value })}
          error={wrong}
        />
      )}
      <NumberInput
        label="Removals a run may make by itself"
        description="If more than this share of the records is suddenly gone from the list, nothing is removed before you confirm it."
        min={0}
        max={100}
        suffix=" %"
        required
        value={draft.removalLimit}
        onChange={(removalLimit) => set({ removalLimit })}
        error={fieldError(error, 'removal_limit')}
      />
    </Stack>
  );
}
