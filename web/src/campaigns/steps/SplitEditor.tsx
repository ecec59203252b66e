import { ActionIcon, Button, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { newWay } from '../draft.ts';
import { shares } from '../flow/stepText.ts';
import { wayName } from '../flow/tree.ts';
import type { StepOf } from '../queries.ts';
import type { Editing } from './editing.ts';

type Ways = StepOf<'split'>['ways'];

/** Ways by chance, and how many go each. */
export function SplitEditor({ step, onChange }: Editing<'split'>) {
  const { ways } = step;
  const percents = shares(ways.map(({ weight }) => weight));
  const change = (next: Ways) => onChange({ ...step, ways: next });
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        Each person goes one of these ways by chance, and always the same. The report compares how many of
        each way reach the campaign’s goal.
      </Text>
      {ways.map((way, at) => (
        <Group key={way.id} gap="xs" wrap="nowrap" align="end">
          <TextInput
            flex={1}
            miw={0}
            label={at === 0 ? 'Way' : undefined}
            aria-label={`Name of ${wayName(at)}`}
            placeholder={wayName(at)}
            value={way.name ?? ''}
            onChange={(event) =>
              change(ways.with(at, { ...way, name: event.currentTarget.value || undefined }))
            }
          />
          <NumberInput
            w={90}
            label={at === 0 ? 'Parts' : undefined}
            aria-label={`Parts of ${way.name ?? wayName(at)}`}
            min={1}
            max={1_000}
            allowDecimal={false}
            value={way.weight}
            onChange={(weight) =>
              Number(weight) >= 1 && change(ways.with(at, { ...way, weight: Number(weight) }))
            }
          />
          <Text size="sm" w={56} ta="right" lh="36px">
            {percents[at]}
          </Text>
          <ActionIcon
            size={36}
            variant="subtle"
            color="red"
            aria-label={`Remove ${way.name ?? wayName(at)} and its steps`}
            disabled={ways.length <= 2}
            onClick={() => change(ways.toSpliced(at, 1))}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      <div>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} />}
          disabled={ways.length >= 10}
          onClick={() => change([...ways, newWay()])}
        >
          Another way
        </Button>
      </div>
    </Stack>
  );
}
