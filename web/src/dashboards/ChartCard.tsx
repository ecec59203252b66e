import { Card, Group, Title } from '@mantine/core';
import { useId } from 'react';
import type { Question, Scope } from '../metrics/queries.ts';
import { type Arrange, ArrangeButtons } from './ArrangeButtons.tsx';
import { ChartMenu } from './ChartMenu.tsx';
import { ChartView } from './ChartView.tsx';
import classes from './Dashboard.module.css';
import type { Chart, Placed } from './queries.ts';
import { scoped } from './scoped.ts';

interface Props {
  chart: Chart;
  placed: Placed;
  scope: Scope;
  /** Given while the dashboard is arranged. */
  arrange: Arrange | undefined;
}

/** How high a chart is for each row it takes, in pixels. */
const row = 240;

/** A saved chart on a dashboard, over the days chosen there. */
export function ChartCard({ chart, placed, scope, arrange }: Props) {
  const id = useId();
  const question = scoped(chart.query as Question, scope);
  return (
    <Card component="section" aria-labelledby={id} className={classes.card}>
      <Group justify="space-between" wrap="nowrap" gap="xs" mb="xs">
        <Title order={2} id={id} className={classes.title}>
          {chart.name}
        </Title>
        {!arrange && <ChartMenu chart={chart} question={question} />}
      </Group>
      {arrange && <ArrangeButtons name={chart.name} placed={placed} arrange={arrange} />}
      <ChartView
        question={question}
        kind={chart.chart}
        height={row * placed.height + (placed.height - 1) * 90}
      />
    </Card>
  );
}
