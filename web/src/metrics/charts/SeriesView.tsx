import { Center, Skeleton, Stack, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { ChartLegend } from './ChartLegend.tsx';
import { ChartTable } from './ChartTable.tsx';
import { type ChartData, hasNumbers } from './lines.ts';

// The charts are half of all script there is: fetched only by the pages that draw one.
const SeriesChart = lazy(() => import('./SeriesChart.tsx'));

interface Props {
  chart: ChartData | undefined;
  kind: 'line' | 'area' | 'bar' | 'table';
  height?: number;
  /** What to say when there is nothing to draw. */
  nothing: string;
}

/** Metrics over time, drawn or as a table. */
export function SeriesView({ chart, kind, height = 280, nothing }: Props) {
  if (!chart || !hasNumbers(chart))
    return (
      <Center h={height}>
        <Text c="dimmed" size="sm" ta="center">
          {nothing}
        </Text>
      </Center>
    );
  if (kind === 'table') return <ChartTable chart={chart} height={height} />;
  return (
    <Stack gap={6}>
      <ChartLegend lines={chart.lines} />
      <Suspense fallback={<Skeleton h={height} />}>
        <SeriesChart chart={chart} kind={kind} height={height} />
      </Suspense>
    </Stack>
  );
}
