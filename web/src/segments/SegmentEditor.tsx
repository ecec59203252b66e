import { Button, Grid, Group, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { Panel } from '../shared/Panel.tsx';
import { useUnsaved } from '../shared/useUnsaved.ts';
import { Explain } from './Explain.tsx';
import { LiveCount } from './LiveCount.tsx';
import { type SegmentDraft, useCount, useSuggestions } from './queries.ts';
import { RuleContext } from './RuleContext.ts';
import { RuleGroup } from './RuleGroup.tsx';
import { RuleJson } from './RuleJson.tsx';
import { RuleSentence } from './RuleSentence.tsx';
import { asGroup, isFinished, type Rule } from './rule.ts';
import classes from './SegmentEditor.module.css';
import { UndoButtons } from './UndoButtons.tsx';
import { useHistory } from './useHistory.ts';

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
  const [first] = useState(initial);
  const [name, setName] = useState(first.name);
  const { now: rule, change, undo, redo, jumps } = useHistory<Rule>(() => inGroup(first.rule));
  const draft = { name, rule };
  const [saved, setSaved] = useState(() => JSON.stringify(draft));
  const [refused, setRefused] = useState<Rule>();
  const [after, setAfter] = useState<() => unknown>();
  const [counted] = useDebouncedValue(rule, 300);
  const count = useCount(counted);
  const suggestions = useSuggestions();
  const [tried, setTried] = useState<string>();
  const dirty = JSON.stringify(draft) !== saved;
  useUnsaved(dirty);
  useEffect(() => {
    // Only once the draft counts as saved, or leaving would ask whether to.
    if (after && !dirty) after();
  }, [after, dirty]);
  const submit = async () => {
    setRefused(rule);
    const next = await save(draft).catch(() => false as const);
    if (next === false) return;
    setSaved(JSON.stringify(draft));
    setAfter(() => next);
  };
  const finished = isFinished(rule);
  // What was said of the rule that was saved is not said of the one it has become.
  const complaint = refused === rule ? error : undefined;
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
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={fieldError(error, 'name')}
              maw={480}
            />
            <Panel title="Rule" aside={<UndoButtons undo={undo} redo={redo} />}>
              <RuleSentence rule={rule} />
              <Tabs defaultValue="builder">
                <Tabs.List mb="sm">
                  <Tabs.Tab value="builder">Builder</Tabs.Tab>
                  <Tabs.Tab value="json">JSON</Tabs.Tab>
                </Tabs.List>
                <Tabs.Panel value="builder">
                  <RuleContext
                    value={{
                      suggestions: suggestions.data,
                      error: finished ? (complaint ?? count.error) : undefined,
                    }}
                  >
                    <RuleGroup rule={rule} path="rule" depth={0} onChange={change} />
                  </RuleContext>
                </Tabs.Panel>
                <Tabs.Panel value="json">
                  <RuleJson
                    // It keeps what is written, but follows a step back.
                    key={jumps}
                    rule={rule}
                    onChange={(next) => change(inGroup(next))}
                    error={complaint}
                  />
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
          <Stack gap="md" className={classes.beside}>
            <LiveCount query={count} finished={finished} />
            {isFinished(counted) && (
              <Explain
                title="Try it on a person"
                asked={{ rule: counted }}
                rule={counted}
                person={tried}
                choose={setTried}
              />
            )}
          </Stack>
        </Grid.Col>
      </Grid>
    </form>
  );
}

/** The builder shows groups: a condition alone is one of them. */
const inGroup = (rule: Rule): Rule => (asGroup(rule) ? rule : { all: [rule] });
