import { MultiSelect, Select, Stack } from '@mantine/core';
import { useSegments } from '../../segments/queries.ts';
import { insideError } from '../../shared/fieldError.ts';
import { number } from '../../shared/format.ts';
import type { Trigger } from '../queries.ts';
import type { Settings } from './settings.ts';
import { TriggerFields } from './TriggerFields.tsx';
import { needsSegments, triggers } from './triggerWords.ts';

const fresh: { [T in Trigger['type']]: Trigger } = {
  segments: { type: 'segments' },
  event: { type: 'event', event: '' },
  schedule: { type: 'schedule', cron: '0 9 * * 1' },
  import: { type: 'import' },
  sync: { type: 'sync' },
  call: { type: 'call' },
  document: { type: 'document' },
};

/** What lets people in, and of which segments. */
export function EntryFields({
  definition,
  error,
  define,
  campaign,
}: Settings & { campaign: string | undefined }) {
  const { entry, exit, timezone } = definition;
  const { trigger } = entry;
  const segments = useSegments();
  const needed = needsSegments(trigger.type);
  return (
    <Stack>
      <Select
        label="People enter by"
        description={triggers[trigger.type].about}
        allowDeselect={false}
        maw={480}
        value={trigger.type}
        data={Object.entries(triggers).map(([value, { label }]) => ({ value, label }))}
        onChange={(type) => type && define({ entry: { ...entry, trigger: fresh[type as Trigger['type']] } })}
      />
      <TriggerFields
        trigger={trigger}
        zone={timezone}
        campaign={campaign}
        error={error}
        onChange={(next) => define({ entry: { ...entry, trigger: next } })}
      />
      <MultiSelect
        label={needed ? 'Entry segments' : 'Only people of these segments'}
        description={needed ? 'Who is in any of them.' : 'Everybody, when none is chosen.'}
        placeholder={entry.segments.length === 0 ? 'Choose segments' : undefined}
        searchable
        nothingFoundMessage="No such segment"
        maw={480}
        value={entry.segments}
        onChange={(chosen) =>
          define({
            entry: { ...entry, segments: chosen },
            // There would be none to leave.
            ...(chosen.length === 0 && !needed && { exit: { ...exit, on_segment_left: false } }),
          })
        }
        data={(segments.data?.items ?? []).map((segment) => ({
          value: segment.id,
          label: `${segment.name} (${number(segment.members)})`,
        }))}
        error={
          insideError(error, 'definition.entry.segments') ??
          (segments.isError ? segments.error.message : undefined)
        }
      />
    </Stack>
  );
}
