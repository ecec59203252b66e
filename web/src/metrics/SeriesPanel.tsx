import { Center, Group, Skeleton, Text } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import { AsOf } from '../shared/AsOf.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { Panel } from '../shared/Panel.tsx';
import { type Question, useSeries } from './queries.ts';

// The charts are half of all script there is: fetched only by the pages that draw one.
const SeriesChart = lazy(() => import('./SeriesChart.tsx'));

interface Props {
  title: string;
  question: Question;
  controls?: ReactNode;
  /** What to say when there is nothing in the range. */
  nothing: string;
  height?: number;
}

/** A chart with its name, its switches, and as of when. */
export function SeriesPanel({ title, question, controls, nothing, height = 280 }: Props) {
  const series = useSeries(question);
  const waiting = <Skeleton h={height} />;
  return (
    <Panel
      title={title}
      aside={
        <Group gap="sm">
          {controls}
          <AsOf time={series.data?.as_of} />
        </Group>
      }
    >
      <Loaded query={series} skeleton={waiting}>
        {(data) =>
          data.points.some((point) => point.value !== 0) ? (
            <Suspense fallback={waiting}>
              <SeriesChart series={data} height={height} />
            </Suspense>
          ) : (
            <Center h={height}>
              <Text c="dimmed" size="sm">
                {nothing}
              </Text>
            </Center>
          )
        }
      </Loaded>
    </Panel>
  );
}
