import { SimpleGrid } from '@mantine/core';
import { number, useTimes } from '../shared/format.ts';
import { Tile } from '../shared/Tile.tsx';
import { isPush } from './pushing.ts';
import type { Connection } from './queries.ts';
import { coarse, nextText, scheduleText, took } from './words.ts';

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
        value={asOf ? times.clock(asOf) : 'never'}
        note={asOf ? `${times.date(asOf)}, ${times.timeZone}` : 'its first sync is not done yet'}
      />
      <Tile
        label="Lag"
        testId="connection-lag"
        value={coarse(lag_seconds)}
        tone={late && connection.state !== 'paused' ? 'red' : undefined}
        note={`late after ${coarse(late_after_seconds)}`}
      />
      <Tile
        label={isPush(connection) ? 'People' : 'Records'}
        testId="connection-records"
        value={number(records)}
        note={
          connection.usual_duration_ms > 0
            ? `a run usually takes ${took(connection.usual_duration_ms)}`
            : isPush(connection)
              ? 'in the segment'
              : 'on the list and here'
        }
      />
      <Tile
        label="Next run"
        value={next_run_at === null ? 'paused' : nextText(connection)}
        note={connection.needs_person ? 'at once when somebody acts' : scheduleText(connection.schedule)}
      />
    </SimpleGrid>
  );
}
