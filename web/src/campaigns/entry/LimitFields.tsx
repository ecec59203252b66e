import { NumberInput, Select, Stack, Switch } from '@mantine/core';
import { usePrograms } from '../../programs/queries.ts';
import { fieldError } from '../../shared/fieldError.ts';
import type { Settings } from './settings.ts';

/** Whom the campaign is sent for, and what else bounds it. */
export function LimitFields({ definition, error, define }: Settings) {
  const { program, ignore_frequency_cap, merge_within_minutes, min_gap_minutes } = definition;
  const programs = usePrograms().data?.items ?? [];
  return (
    <Stack>
      {(programs.length > 0 || program !== undefined) && (
        <Select
          label="Sent for the loyalty program"
          description="With its sender, its consents and its time zone."
          placeholder="None"
          clearable
          maw={480}
          data={programs.map(({ id, name }) => ({ value: id, label: name }))}
          value={program ?? null}
          error={fieldError(error, 'definition.program')}
          onChange={(id) => define({ program: id ?? undefined })}
        />
      )}
      <Switch
        label="Ignore the frequency cap"
        description="For what people wait for, like a receipt or a voucher they asked for."
        checked={ignore_frequency_cap}
        onChange={(event) => define({ ignore_frequency_cap: event.currentTarget.checked })}
      />
      <NumberInput
        label="Minutes in which several emails become one"
        description="An email waits so long for others of the same person, of every campaign that merges; then they go out together."
        placeholder="not merged"
        maw={480}
        min={1}
        max={1_440}
        allowDecimal={false}
        value={merge_within_minutes ?? ''}
        error={fieldError(error, 'definition.merge_within_minutes')}
        onChange={(minutes) => define({ merge_within_minutes: Number(minutes) || undefined })}
      />
      <NumberInput
        label="Minutes between times of day, at least"
        description="Refuses two waits until times, or times of the schedule, that lie closer together."
        placeholder="no limit"
        maw={480}
        min={1}
        max={720}
        allowDecimal={false}
        value={min_gap_minutes ?? ''}
        error={fieldError(error, 'definition.min_gap_minutes')}
        onChange={(minutes) => define({ min_gap_minutes: Number(minutes) || undefined })}
      />
    </Stack>
  );
}
