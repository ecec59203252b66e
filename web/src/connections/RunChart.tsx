import { SegmentedControl, Skeleton } from '@mantine/core';
import { useState } from 'react';
import { SeriesView } from '../metrics/charts/SeriesView.tsx';
import { useTimes } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { Panel } from '../shared/Panel.tsx';
import { type Connection, useRuns } from './queries.ts';
import { durationChart, lagChart } from './runCharts.ts';

type Shown = 'lag' | 'duration' | 'table';

/** The last hundred runs: how far behind it was, and how long they took. */
export function RunChart({ connection }: { connection: Connection }) {
  const { timeZone } = useTimes();
  const [shown, setShown] = useState<Shown>('lag');
  const runs = useRuns(connection.id, connection.last_run);
  return (
    <Panel
      title={shown === 'duration' ? 'Duration of its runs' : 'Lag'}
      aside={
        <SegmentedControl
          size="xs"
          aria-label="What the chart shows"
          value={shown}
          onChange={(value) => setShown(value as Shown)}
          data={[
            { value: 'lag', label: 'Lag' },
            { value: 'duration', label: 'Duration' },
            { value: 'table', label: 'Table' },
          ]}
        />
      }
    >
      <Loaded query={runs} skeleton={<Skeleton h={200} />}>
        {({ items }) =>
          shown === 'duration' ? (
            <SeriesView
              chart={durationChart(items, timeZone)}
              kind="area"
              height={200}
              nothing="No run was done yet."
            />
          ) : (
            <SeriesView
              chart={lagChart(items, timeZone, connection.late_after_seconds)}
              kind={shown === 'table' ? 'table' : 'area'}
              height={200}
              nothing="The lag is drawn once there were a few runs."
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
