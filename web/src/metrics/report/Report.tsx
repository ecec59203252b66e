import { SimpleGrid, Stack } from '@mantine/core';
import { Failure } from '../../shared/Failure.tsx';
import { NothingYet } from '../NothingYet.tsx';
import { seriesQuestion, useSeries } from '../queries.ts';
import type { Metric } from '../question.ts';
import { intervalFor } from '../range.ts';
import type { Analytics } from '../useAnalytics.ts';
import { ChartPanel } from './ChartPanel.tsx';
import { DetailsDrawer } from './DetailsDrawer.tsx';
import { EventsPanel } from './EventsPanel.tsx';
import { MetricStrip } from './MetricStrip.tsx';
import { SessionsLag } from './SessionsLag.tsx';
import { panels, TopPanel } from './TopPanel.tsx';

const headlines = [
  'visitors',
  'sessions',
  'page_views',
  'bounce_rate',
  'session_length',
  'revenue',
  'orders',
] as const satisfies Metric[];

/** Everything at a glance: headline numbers, one of them over time, and where it comes from. */
export function Report({ analytics }: { analytics: Analytics }) {
  const { asked, change, compare, period, scope } = analytics;
  const metric = asked.metric ?? 'visitors';
  const interval = intervalFor(period, asked.interval);
  const shared = { interval, compare, smooth: asked.smooth };
  // One question for all of them: the headlines and the chart can never disagree.
  const series = useSeries(
    seriesQuestion(scope, { ...shared, metrics: [...new Set([...headlines, metric])] }),
  );
  const visitors = series.data?.series.find((line) => line.metric === 'visitors')?.total;
  const one = seriesQuestion(scope, {
    ...shared,
    compare: asked.cut ? undefined : compare,
    metrics: [metric],
    breakdown: asked.cut,
  });
  if (series.data && series.data.freshness.newest_received_at === null) return <NothingYet />;
  return (
    <Stack gap="md">
      {series.isError && series.data && <Failure error={series.error} retry={() => series.refetch()} />}
      <MetricStrip
        metrics={headlines}
        series={series.data}
        chosen={metric}
        choose={(next) => change({ metric: next === 'visitors' ? undefined : next })}
      />
      <SessionsLag series={series.data} />
      <ChartPanel analytics={analytics} metric={metric} interval={interval} series={series} question={one} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {panels.map((panel) => (
          <TopPanel key={panel.name} analytics={analytics} panel={panel} visitors={visitors} />
        ))}
      </SimpleGrid>
      <EventsPanel analytics={analytics} visitors={visitors} />
      <DetailsDrawer analytics={analytics} />
    </Stack>
  );
}
