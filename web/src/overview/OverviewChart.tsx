import { Group, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMe } from '../access/queries.ts';
import { chartOf } from '../metrics/charts/lines.ts';
import { SeriesView } from '../metrics/charts/SeriesView.tsx';
import { Fresh } from '../metrics/Fresh.tsx';
import { seriesQuestion, useSeries } from '../metrics/queries.ts';
import { periodOf } from '../metrics/range.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { Panel } from '../shared/Panel.tsx';

interface Props {
  metric: 'events' | 'emails' | 'revenue';
  interval: 'hour' | 'day';
  controls: ReactNode;
}

const height = 280;

/** One metric over the last 30 days. */
export function OverviewChart({ metric, interval, controls }: Props) {
  const timezone = useMe().data?.workspace.timezone ?? 'UTC';
  const period = periodOf({}, timezone);
  const series = useSeries(
    seriesQuestion({ period, timezone, filters: [] }, { metrics: [metric], interval }),
  );
  return (
    <Panel
      title={period.label}
      aside={
        <Group gap="sm">
          {controls}
          <Fresh answer={series.data} />
        </Group>
      }
    >
      <Loaded query={series} skeleton={<Skeleton h={height} />}>
        {(data) => {
          const line = data.series[0];
          return (
            <SeriesView
              chart={line && chartOf(data, line)}
              kind={interval === 'day' ? 'bar' : 'area'}
              height={height}
              nothing={`No ${metric} in the last 30 days.`}
            />
          );
        }}
      </Loaded>
    </Panel>
  );
}
