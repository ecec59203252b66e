import { Button, Group, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useCallback, useEffect, useState } from 'react';
import { UndoButtons } from '../segments/UndoButtons.tsx';
import { useHistory } from '../segments/useHistory.ts';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, insideError, otherError } from '../shared/fieldError.ts';
import { Panel } from '../shared/Panel.tsx';
import { useUnsaved } from '../shared/useUnsaved.ts';
import classes from './CampaignEditor.module.css';
import { DefinitionJson } from './DefinitionJson.tsx';
import { DryRunPanel } from './dryrun/DryRunPanel.tsx';
import { EntryFields } from './entry/EntryFields.tsx';
import { MoreSettings } from './entry/MoreSettings.tsx';
import { FlowEditor, removedNotice } from './flow/FlowEditor.tsx';
import { stepOfError } from './flow/stepErrors.ts';
import type { Definition, Draft } from './queries.ts';

interface Props {
  initial: () => Draft;
  verb: string;
  error: unknown;
  busy: boolean;
  /** Undefined before it is saved for the first time. */
  campaign?: string;
  /** Whether it has not been started yet. */
  draft?: boolean;
  /** The step whose editor is open at first. */
  step?: string | undefined;
  onDirty?: (dirty: boolean) => void;
  /** Saves; what it returns is done after the draft counts as saved, e.g. going elsewhere. */
  save: (draft: Draft) => Promise<(() => unknown) | undefined>;
}

/** Who enters a campaign, when they leave, and what they get. */
export function CampaignEditor({ initial, verb, error, busy, campaign, draft, step, onDirty, save }: Props) {
  const [first] = useState(initial);
  const [name, setName] = useState(first.name);
  const { now: definition, ...history } = useHistory<Definition>(() => first.definition);
  const { undo, redo, jumps, change: note } = history;
  const change = useCallback(
    (next: Definition, apart?: boolean) => {
      notifications.hide(removedNotice);
      note(next, apart);
    },
    [note],
  );
  const [saved, setSaved] = useState(() => JSON.stringify(first));
  const [refused, setRefused] = useState<Definition>();
  const [opened, setOpened] = useState(step);
  const [after, setAfter] = useState<() => unknown>();
  const dirty = JSON.stringify({ name, definition }) !== saved;
  useUnsaved(dirty);
  useEffect(() => {
    // A link to a step opens it, also from here.
    if (step) setOpened(step);
  }, [step]);
  useEffect(() => onDirty?.(dirty), [dirty, onDirty]);
  useEffect(() => {
    // Only once the draft counts as saved, or leaving would ask whether to.
    if (after && !dirty) after();
  }, [after, dirty]);
  const define = useCallback(
    (part: Partial<Definition>) => change({ ...definition, ...part }),
    [change, definition],
  );
  const submit = async () => {
    setRefused(definition);
    const next = await save({ name, definition }).catch(() => false as const);
    if (next === false) return;
    setSaved(JSON.stringify({ name, definition }));
    setRefused(undefined);
    setAfter(() => next);
  };
  const complaint = refused && error;
  const shown =
    (refused && stepOfError(complaint, refused.steps) !== undefined) ||
    ['entry', 'exit', 'goal', 'quiet_hours', 'send_windows', 'min_gap_minutes', 'program', 'timezone'].some(
      (field) => insideError(complaint, `definition.${field}`) !== undefined,
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Tabs defaultValue="flow" variant="pills">
        <Group justify="space-between" mb="md">
          <Tabs.List>
            <Tabs.Tab value="flow">Flow</Tabs.Tab>
            <Tabs.Tab value="json">JSON</Tabs.Tab>
          </Tabs.List>
          <UndoButtons undo={undo} redo={redo} />
        </Group>
        <Stack gap="md">
          <TextInput
            label="Name of the campaign"
            placeholder="Welcome"
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fieldError(error, 'name')}
            maw={480}
          />
          <Tabs.Panel value="flow">
            <Stack gap="md">
              <Panel title="Who enters, and when">
                <Stack>
                  <EntryFields
                    definition={definition}
                    error={complaint}
                    define={define}
                    campaign={campaign}
                  />
                  <MoreSettings definition={definition} error={complaint} define={define} />
                </Stack>
              </Panel>
              <Panel title="Steps">
                <FlowEditor
                  definition={definition}
                  onChange={change}
                  undo={undo ?? noPast}
                  error={complaint}
                  refused={refused}
                  jumps={jumps}
                  opened={opened}
                  onOpen={setOpened}
                />
              </Panel>
              {draft && <DryRunPanel definition={definition} />}
            </Stack>
          </Tabs.Panel>
          <Tabs.Panel value="json">
            <Panel title="Definition">
              <DefinitionJson
                // It keeps what is written, but follows a step back.
                key={jumps}
                definition={definition}
                onChange={change}
                error={refused === definition ? error : undefined}
              />
            </Panel>
          </Tabs.Panel>
          <Failure error={shown ? undefined : otherError(error, 'name')} />
          <Group justify="flex-end" gap="sm" className={classes.foot}>
            <Text size="sm" c="dimmed" role="status">
              {dirty && campaign ? 'Not saved yet' : ''}
            </Text>
            <Button type="submit" loading={busy}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </Tabs>
    </form>
  );
}

const noPast = () => {};
