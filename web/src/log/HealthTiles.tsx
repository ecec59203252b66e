import { SimpleGrid } from '@mantine/core';
import { bytes, count, duration, number } from '../shared/format.ts';
import { Tile } from '../shared/Tile.tsx';
import type { LogHealth } from './queries.ts';

/** Longer than this, numbers are visibly behind. */
const slow = 5_000;

const delay = (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : duration(ms / 1_000));

/** Rate, delay, queue and what was refused, each with what it means. */
export function HealthTiles({ health }: { health: LogHealth | undefined }) {
  const received = health?.received ?? [];
  const hour = received.reduce((sum, minute) => sum + minute.count, 0);
  // The present minute is not over: the ones before tell the rate.
  const recent = received.slice(-6, -1).reduce((sum, minute) => sum + minute.count, 0);
  const rejected = health?.rejected.reduce((sum, reason) => sum + reason.count, 0) ?? 0;
  return (
    <SimpleGrid cols={{ base: 2, lg: 4 }} spacing={{ base: 'xs', sm: 'md' }}>
      <Tile
        label="Taken, a minute"
        testId="log-rate"
        value={health && number(Math.round(recent / 5))}
        note={health && `${count(hour, 'message', 'messages')} in the last hour`}
      />
      <Tile
        label="Delay to the numbers"
        testId="log-lag"
        value={health && delay(health.lag_ms)}
        tone={health && health.lag_ms > slow ? 'red' : undefined}
        note={
          health && (health.lag_ms > slow ? 'Numbers are behind what was taken' : 'Numbers are up to date')
        }
      />
      <Tile
        label="Waiting"
        testId="log-waiting"
        value={health && bytes(health.waiting_bytes)}
        note={health && `Processing version ${health.processing_version}`}
      />
      <Tile
        label="Rejected, 24 hours"
        testId="log-rejected"
        value={health && number(rejected)}
        tone={rejected > 0 ? 'red' : undefined}
        note={rejected > 0 ? 'Reasons are below' : 'Kept with their reason'}
      />
    </SimpleGrid>
  );
}
