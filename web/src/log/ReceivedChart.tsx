import { SegmentedControl, Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import type { ChartData } from '../metrics/charts/lines.ts';
import { SeriesView } from '../metrics/charts/SeriesView.tsx';
import { number, short, useTimes } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { Panel } from '../shared/Panel.tsx';
import type { LogHealth } from './queries.ts';

/** Messages by the minute they arrived in, over the last hour. */
export function ReceivedChart({ health }: { health: UseQueryResult<LogHealth> }) {
  const { timeZone } = useTimes();
  const [kind, setKind] = useState<'bar' | 'table'>('bar');
  const chart = ({ received }: LogHealth): ChartData => ({
    label: 'Messages',
    interval: 'minute',
    timezone: timeZone,
    times: received.map(({ time }) => time),
    lines: [{ name: 'Messages', role: 'main', values: received.map((minute) => minute.count) }],
    unfinished: true,
    write: number,
    tick: short,
  });
  return (
    <Panel
      title="Messages by minute"
      aside={
        <SegmentedControl
          size="xs"
          aria-label="Chart or table"
          value={kind}
          onChange={(value) => setKind(value as typeof kind)}
          data={[
            { value: 'bar', label: 'Chart' },
            { value: 'table', label: 'Table' },
          ]}
        />
      }
    >
      <Loaded query={health} skeleton={<Skeleton h={200} />}>
        {(data) => (
          <SeriesView
            chart={chart(data)}
            kind={kind}
            height={200}
            nothing="No message arrived in the last hour."
          />
        )}
      </Loaded>
    </Panel>
  );
}
