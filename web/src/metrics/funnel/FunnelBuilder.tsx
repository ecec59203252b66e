import { Button, Group, NumberInput, Select, Stack } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { Panel } from '../../shared/Panel.tsx';
import type { Step } from '../address.ts';
import { useEventNames } from '../queries.ts';
import type { Analytics } from '../useAnalytics.ts';
import { dimensionGroups } from '../words/dimensionGroups.ts';
import { isDimension } from '../words/dimensions.ts';
import { FunnelStepEditor } from './FunnelStepEditor.tsx';
import { readWithin, windowUnits, writeWithin } from './within.ts';

interface Props {
  analytics: Analytics;
  steps: Step[];
  change: (steps: Step[]) => void;
}

/** The steps of a funnel, how long people have for all of them, and by what they are compared. */
export function FunnelBuilder({ analytics, steps, change }: Props) {
  const { asked } = analytics;
  const within = readWithin(asked.within);
  const names = useEventNames().data ?? [];
  const setAmount = useDebouncedCallback(
    (amount: number) => analytics.change({ within: writeWithin({ ...within, amount }) }),
    400,
  );
  const moved = (at: number, by: number) => {
    const next = [...steps];
    next.splice(at + by, 0, ...next.splice(at, 1));
    return next;
  };
  return (
    <Panel title="Steps">
      <Stack gap="xs">
        <ol style={{ margin: 0, padding: 0, listStyle: 'none' }} aria-label="Steps of the funnel">
          {steps.map((step, at) => (
            <FunnelStepEditor
              // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place; two may be the same
              key={at}
              at={at}
              step={step}
              events={names}
              change={(next) => change(steps.map((one, n) => (n === at ? next : one)))}
              move={(by) => change(moved(at, by))}
              last={at === steps.length - 1}
              remove={steps.length > 2 ? () => change(steps.filter((_, n) => n !== at)) : undefined}
            />
          ))}
        </ol>
        <Group gap="md" align="flex-end">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} />}
            disabled={steps.length >= 10}
            onClick={() => change([...steps, ['']])}
          >
            Add step
          </Button>
          <Group gap={6} align="flex-end" wrap="nowrap">
            <NumberInput
              key={within.amount}
              size="xs"
              w={80}
              label="All within"
              min={1}
              max={1_000}
              defaultValue={within.amount}
              onChange={(amount) => typeof amount === 'number' && amount >= 1 && setAmount(amount)}
            />
            <Select
              size="xs"
              w={100}
              aria-label="Unit of the time for all steps"
              allowDeselect={false}
              value={within.unit}
              onChange={(unit) =>
                analytics.change({ within: writeWithin({ ...within, unit: unit as typeof within.unit }) })
              }
              data={windowUnits.map((value) => ({ value, label: `${value}s` }))}
            />
          </Group>
          <Select
            size="xs"
            w={170}
            label="Compared by"
            placeholder="nothing"
            clearable
            searchable
            value={asked.by ?? null}
            onChange={(value) => analytics.change({ by: isDimension(value) ? value : undefined })}
            data={dimensionGroups}
          />
        </Group>
      </Stack>
    </Panel>
  );
}
