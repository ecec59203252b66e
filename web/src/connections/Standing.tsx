import { SimpleGrid } from '@mantine/core';
import { duration, number, relative, useTimes } from '../shared/format.ts';
import { Tile } from '../shared/Tile.tsx';
import type { Connection } from './queries.ts';
import { scheduleText, took } from './words.ts';

/** How it stands in four numbers: as of when, how far behind that is, how many, when it goes on. */
export function Standing({ connection }: { connection: Connection }) {
  const times = useTimes();
  const { in_sync_as_of: asOf, lag_seconds, late_after_seconds, records, next_run_at } = connection;
  const late = lag_seconds > late_after_seconds;
  return (
    <SimpleGrid cols={{ base: 2, lg: 4 }} spacing={{ base: 'xs', sm: 'md' }}>
      <Tile
        label="In sync as of"
        testId="connection-as-of"
        value={asOf ? times.dayClock(asOf) : 'never'}
        note={times.timeZone}
      />
      <Tile
        label="Lag"
        testId="connection-lag"
        value={duration(lag_seconds)}
        tone={late && connection.state !== 'paused' ? 'red' : undefined}
        note={`late after ${duration(late_after_seconds)}`}
      />
      <Tile
        label="Records"
        testId="connection-records"
        value={number(records)}
        note={
          connection.usual_duration_ms > 0 ? `a run usually takes ${took(connection.usual_duration_ms)}` : ''
        }
      />
      <Tile
        label="Next run"
        value={next_run_at === null ? 'paused' : relative(next_run_at)}
        note={`${scheduleText(connection.schedule)}${next_run_at ? `, ${times.dayClock(next_run_at)}` : ''}`}
      />
    </SimpleGrid>
  );
}
