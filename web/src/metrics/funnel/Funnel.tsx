import { Group, Stack } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { EmptyState } from '../../shared/EmptyState.tsx';
import { Loaded } from '../../shared/Loaded.tsx';
import { Panel } from '../../shared/Panel.tsx';
import type { Step } from '../address.ts';
import { Fresh } from '../Fresh.tsx';
import { funnelQuestion, type QuestionOf, useFunnel } from '../queries.ts';
import { wireFilter } from '../question.ts';
import { SaveChart } from '../save/SaveChart.tsx';
import type { Analytics } from '../useAnalytics.ts';
import { FunnelBuilder } from './FunnelBuilder.tsx';
import { FunnelGroups } from './FunnelGroups.tsx';
import { FunnelSteps } from './FunnelSteps.tsx';
import { readWithin } from './within.ts';

/** How many people take one step after the other, and where they are lost. */
export function Funnel({ analytics }: { analytics: Analytics }) {
  const { asked, change, scope } = analytics;
  const steps: Step[] = asked.steps && asked.steps.length >= 2 ? asked.steps : [['', ...[]], ['']];
  const named = steps.filter(([event]) => event !== '');
  const question = funnelQuestion(scope, {
    steps: named.map(([event, ...filters]) => ({
      event,
      ...(filters.length > 0 ? { filters: filters.map(wireFilter) } : {}),
    })),
    window: readWithin(asked.within),
    ...(asked.by ? { dimension: asked.by } : {}),
  });
  return (
    <Stack gap="md">
      <FunnelBuilder analytics={analytics} steps={steps} change={(next) => change({ steps: next })} />
      {named.length >= 2 ? (
        <FunnelResult question={question} steps={named} />
      ) : (
        <Panel title="Funnel">
          <EmptyState icon={IconFilter} title="Choose two steps">
            For example Product Viewed, then Order Completed. You see how many people took each step, in this
            order, and how many were lost between.
          </EmptyState>
        </Panel>
      )}
    </Stack>
  );
}

function FunnelResult({ question, steps }: { question: QuestionOf<'funnel'>; steps: Step[] }) {
  const funnel = useFunnel(question);
  const name = `From ${steps[0]?.[0]} to ${steps.at(-1)?.[0]}`;
  return (
    <>
      <Panel
        title="Funnel"
        aside={
          <Group gap="sm">
            <Fresh answer={funnel.data} />
            <SaveChart question={question} name={name} />
          </Group>
        }
      >
        <Loaded query={funnel}>{(data) => <FunnelSteps funnel={data} />}</Loaded>
      </Panel>
      {question.dimension && (
        <Panel title="Compared" flush>
          <Loaded query={funnel}>{(data) => <FunnelGroups funnel={data} />}</Loaded>
        </Panel>
      )}
    </>
  );
}
