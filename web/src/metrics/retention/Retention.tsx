import { Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { Loaded } from '../../shared/Loaded.tsx';
import { Panel } from '../../shared/Panel.tsx';
import { Fresh } from '../Fresh.tsx';
import { retentionQuestion, useEventNames, useRetention } from '../queries.ts';
import { SaveChart } from '../save/SaveChart.tsx';
import type { Analytics } from '../useAnalytics.ts';
import { CohortTable } from './CohortTable.tsx';

const every = ['day', 'week', 'month'] as const;

/** Of those who began in the same interval, how many came back in the ones after. */
export function Retention({ analytics }: { analytics: Analytics }) {
  const { asked, change, period, scope } = analytics;
  const interval = asked.every ?? (period.days <= 14 ? 'day' : period.days <= 120 ? 'week' : 'month');
  const question = retentionQuestion(scope, {
    interval,
    ...(asked.first ? { first: { event: asked.first } } : {}),
    ...(asked.again ? { again: { event: asked.again } } : {}),
  });
  const retention = useRetention(question);
  const names = useEventNames().data ?? [];
  const name = `People who come back, by ${interval}`;
  return (
    <Panel
      title={name}
      aside={
        <Group gap="sm">
          <Fresh answer={retention.data} />
          <SaveChart question={question} name={name} />
        </Group>
      }
    >
      <Stack gap="sm">
        <Group gap="xs" align="flex-end">
          <SegmentedControl
            size="xs"
            aria-label="Cohorts by"
            value={interval}
            onChange={(value) => change({ every: value as (typeof every)[number] })}
            data={every.map((value) => ({ value, label: `By ${value}` }))}
          />
          <Select
            size="xs"
            w={190}
            label="Who begins"
            placeholder="seen for the first time"
            clearable
            searchable
            value={asked.first ?? null}
            onChange={(value) => change({ first: value ?? undefined })}
            data={[...new Set([...names, ...(asked.first ? [asked.first] : [])])]}
          />
          <Select
            size="xs"
            w={190}
            label="Who comes back"
            placeholder="does anything"
            clearable
            searchable
            value={asked.again ?? null}
            onChange={(value) => change({ again: value ?? undefined })}
            data={[...new Set([...names, ...(asked.again ? [asked.again] : [])])]}
          />
        </Group>
        <Loaded query={retention}>
          {(data) =>
            data.cohorts.some((cohort) => cohort.people > 0) ? (
              <CohortTable retention={data} />
            ) : (
              <Text c="dimmed" size="sm" py="lg" ta="center">
                Nobody began in these days. Choose a longer time, or another event.
              </Text>
            )
          }
        </Loaded>
      </Stack>
    </Panel>
  );
}
