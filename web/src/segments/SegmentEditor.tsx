import { Button, Grid, Group, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { Panel } from '../shared/Panel.tsx';
import { useUnsaved } from '../shared/useUnsaved.ts';
import { LiveCount } from './LiveCount.tsx';
import { type SegmentDraft, useCount, useSegments, useSuggestions } from './queries.ts';
import { RuleContext } from './RuleContext.ts';
import { RuleGroup } from './RuleGroup.tsx';
import { RuleJson } from './RuleJson.tsx';
import { asGroup, isFinished } from './rule.ts';
import { ruleText } from './ruleText.ts';

interface Props {
  initial: () => SegmentDraft;
  verb: string;
  error: unknown;
  busy: boolean;
  /** Saves; what it returns is done after the draft counts as saved, e.g. going elsewhere. */
  save: (draft: SegmentDraft) => Promise<(() => unknown) | undefined>;
}

/** A rule in the making, and how many people it holds for while it is made. */
export function SegmentEditor({ initial, verb, error, busy, save }: Props) {
  const [draft, setDraft] = useState(initial);
  const [saved, setSaved] = useState(() => JSON.stringify(draft));
  const [after, setAfter] = useState<() => unknown>();
  const [rule] = useDebouncedValue(draft.rule, 300);
  const count = useCount(rule);
  const suggestions = useSuggestions();
  const segments = useSegments();
  const dirty = JSON.stringify(draft) !== saved;
  useUnsaved(dirty);
  useEffect(() => {
    // Only once the draft counts as saved, or leaving would ask whether to.
    if (after && !dirty) after();
  }, [after, dirty]);
  const submit = async () => {
    const next = await save(draft).catch(() => false as const);
    if (next === false) return;
    setSaved(JSON.stringify(draft));
    setAfter(() => next);
  };
  const root = asGroup(draft.rule) ? draft.rule : { all: [draft.rule] };
  const finished = isFinished(draft.rule);
  const nameOf = (id: string) => segments.data?.items.find((one) => one.id === id)?.name ?? '…';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="md">
            <TextInput
              label="Name"
              placeholder="Good customers of this year"
              required
              value={draft.name}
              onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
              error={fieldError(error, 'name')}
              maw={480}
            />
            <Panel title="Rule">
              <Tabs defaultValue="builder">
                <Tabs.List mb="sm">
                  <Tabs.Tab value="builder">Builder</Tabs.Tab>
                  <Tabs.Tab value="json">JSON</Tabs.Tab>
                </Tabs.List>
                <Tabs.Panel value="builder">
                  <RuleContext
                    value={{
                      suggestions: suggestions.data,
                      segments: segments.data?.items ?? [],
                      error: finished ? (error ?? count.error) : undefined,
                    }}
                  >
                    <RuleGroup
                      rule={root}
                      path="rule"
                      depth={0}
                      onChange={(next) => setDraft({ ...draft, rule: next })}
                    />
                  </RuleContext>
                  {finished && (
                    <Text size="sm" c="dimmed" mt="md" data-testid="rule-text">
                      {ruleText(draft.rule, nameOf)}.
                    </Text>
                  )}
                </Tabs.Panel>
                <Tabs.Panel value="json">
                  <RuleJson rule={draft.rule} onChange={(next) => setDraft({ ...draft, rule: next })} />
                </Tabs.Panel>
              </Tabs>
            </Panel>
            <Failure error={otherError(error, 'name')} />
            <Group justify="flex-end" gap="sm">
              <Text size="sm" c="dimmed" role="status">
                {dirty ? 'Not saved yet' : ''}
              </Text>
              <Button type="submit" loading={busy} disabled={!finished}>
                {verb}
              </Button>
            </Group>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <LiveCount query={count} finished={finished} />
        </Grid.Col>
      </Grid>
    </form>
  );
}
