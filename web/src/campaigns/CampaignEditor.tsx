import { Button, Group, MultiSelect, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useSegments } from '../segments/queries.ts';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { number } from '../shared/format.ts';
import { Panel } from '../shared/Panel.tsx';
import { useUnsaved } from '../shared/useUnsaved.ts';
import type { Definition, Draft } from './queries.ts';
import { Steps } from './Steps.tsx';

interface Props {
  initial: () => Draft;
  verb: string;
  error: unknown;
  busy: boolean;
  /** Saves; what it returns is done after the draft counts as saved, e.g. going elsewhere. */
  save: (draft: Draft) => Promise<(() => unknown) | undefined>;
}

/** Who enters a campaign, when they leave, and what they get. */
export function CampaignEditor({ initial, verb, error, busy, save }: Props) {
  const [draft, setDraft] = useState(initial);
  const [saved, setSaved] = useState(() => JSON.stringify(draft));
  const [after, setAfter] = useState<() => unknown>();
  const segments = useSegments();
  const dirty = JSON.stringify(draft) !== saved;
  useUnsaved(dirty);
  useEffect(() => {
    // Only once the draft counts as saved, or leaving would ask whether to.
    if (after && !dirty) after();
  }, [after, dirty]);
  const { definition } = draft;
  const define = (part: Partial<Definition>) =>
    setDraft({ ...draft, definition: { ...definition, ...part } });
  const submit = async () => {
    const next = await save(draft).catch(() => false as const);
    if (next === false) return;
    setSaved(JSON.stringify(draft));
    setAfter(() => next);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="md">
        <Panel title="Who and when">
          <Stack>
            <TextInput
              label="Name"
              placeholder="Welcome"
              required
              value={draft.name}
              onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
              error={fieldError(error, 'name')}
              maw={480}
            />
            <MultiSelect
              label="Entry segments"
              description="Who is in one of these, now or later, enters once."
              placeholder={definition.entry.segments.length === 0 ? 'Choose segments' : undefined}
              searchable
              nothingFoundMessage="No such segment"
              value={definition.entry.segments}
              onChange={(chosen) => define({ entry: { ...definition.entry, segments: chosen } })}
              data={(segments.data?.items ?? []).map((segment) => ({
                value: segment.id,
                label: `${segment.name} (${number(segment.members)})`,
              }))}
              error={
                fieldError(error, 'definition.entry.segments') ??
                (segments.isError ? segments.error.message : undefined)
              }
              maw={480}
            />
            <Switch
              label="People who leave the segments leave the campaign"
              checked={definition.exit.on_segment_left}
              onChange={(event) => define({ exit: { on_segment_left: event.currentTarget.checked } })}
            />
          </Stack>
        </Panel>
        <Steps steps={definition.steps} onChange={(steps) => define({ steps })} error={error} />
        <Failure error={otherError(error, 'name', 'definition.entry.segments')} />
        <Group justify="flex-end" gap="sm">
          <Text size="sm" c="dimmed" role="status">
            {dirty && saved !== '' ? 'Not saved yet' : ''}
          </Text>
          <Button type="submit" loading={busy}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
