import { ActionIcon, Button, Card, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react';
import { newBranch } from '../draft.ts';
import type { StepOf } from '../queries.ts';
import type { Editing } from './editing.ts';
import { RuleField } from './RuleField.tsx';

type Branches = StepOf<'branch'>['branches'];

/** Which way people go: the first whose rule they satisfy. */
export function BranchEditor({ step, field, error, onChange }: Editing<'branch'>) {
  const { branches } = step;
  const change = (next: Branches) => onChange({ ...step, branches: next });
  const swap = (at: number) => change(branches.toSpliced(at, 2, branches[at + 1]!, branches[at]!));
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        Each person goes the first way whose rule they satisfy at that moment; who satisfies none goes the
        last way. All ways join again after it.
      </Text>
      {branches.map((branch, at) => {
        const name = `Rule ${at + 1}`;
        const replace = (next: Branches[number]) => change(branches.with(at, next));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule is its place, and shows only its value
          <Card key={at} padding="sm" component="section" aria-label={name}>
            <Group justify="space-between" mb="xs">
              <Title order={3}>{name}</Title>
              <Group gap={2}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`Ask ${name} earlier`}
                  disabled={at === 0}
                  onClick={() => swap(at - 1)}
                >
                  <IconArrowUp size={16} />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`Ask ${name} later`}
                  disabled={at === branches.length - 1}
                  onClick={() => swap(at)}
                >
                  <IconArrowDown size={16} />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  color="red"
                  aria-label={`Remove ${name} and its steps`}
                  disabled={branches.length === 1}
                  onClick={() => change(branches.toSpliced(at, 1))}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </Group>
            </Group>
            <TextInput
              label="Name of this way"
              placeholder="Good customers"
              mb="sm"
              value={branch.name ?? ''}
              onChange={(event) => replace({ ...branch, name: event.currentTarget.value || undefined })}
            />
            <RuleField
              rule={branch.rule}
              field={`${field}.branches[${at}].rule`}
              error={error}
              onChange={(rule) => replace({ ...branch, rule })}
            />
          </Card>
        );
      })}
      <div>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} />}
          disabled={branches.length >= 20}
          onClick={() => change([...branches, newBranch()])}
        >
          Another rule
        </Button>
      </div>
    </Stack>
  );
}
