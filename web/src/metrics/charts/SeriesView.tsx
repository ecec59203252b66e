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
  /** Pixels, or all there is. */
  height?: number | '100%';
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
    <Stack gap={6} h={height === '100%' ? '100%' : undefined}>
      <ChartLegend lines={chart.lines} />
      <div style={height === '100%' ? { flex: 1, minHeight: 0 } : { height }}>
        <Suspense fallback={<Skeleton h="100%" />}>
          <SeriesChart chart={chart} kind={kind} />
        </Suspense>
      </div>
    </Stack>
  );
}
