import { Card, Group, SegmentedControl, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { count, number } from '../../shared/format.ts';
import { Loaded } from '../../shared/Loaded.tsx';
import { Panel } from '../../shared/Panel.tsx';
import type { ChartData } from '../charts/lines.ts';
import { SeriesView } from '../charts/SeriesView.tsx';
import { Fresh } from '../Fresh.tsx';
import { isFilteredBy, orNone, toggled } from '../filters/filters.ts';
import { type Realtime as Answer, type Row, useRealtime } from '../queries.ts';
import type { Dimension, Metric } from '../question.ts';
import { TopTable } from '../report/TopTable.tsx';
import type { Analytics } from '../useAnalytics.ts';
import { dimensionLabel } from '../words/dimensions.ts';
import classes from './Realtime.module.css';

const counts = { people: 'People', page_views: 'Page views', events: 'Events' } as const;
type Counted = keyof typeof counts;

/** What happens now: who is active, and the last 30 minutes by minute. Asked again every ten seconds. */
export function Realtime({ analytics }: { analytics: Analytics }) {
  const { asked, change, scope } = analytics;
  const realtime = useRealtime(scope);
  const counted = asked.count ?? 'people';
  return (
    <Loaded query={realtime} skeleton={<Skeleton h={460} />}>
      {(now) => (
        <Stack gap="md">
          <SimpleGrid cols={{ base: 1, md: 4 }} spacing="md">
            <Card bg="var(--surface)">
              <Group gap={14} pl={4}>
                <span className={classes.pulse} aria-hidden />
                <Text size="sm" c="dimmed" fw={500}>
                  Active now
                </Text>
              </Group>
              <Text className={classes.active} data-testid="active-now">
                {number(now.active_people)}
              </Text>
              <Text size="sm" c="dimmed">
                in the last 5 minutes
              </Text>
              <Text size="sm" mt="md">
                {count(now.people, 'person', 'people')} in 30 minutes
              </Text>
            </Card>
            <div className={classes.minutes}>
              <Panel
                title={`${counts[counted]} by minute`}
                aside={
                  <Group gap="sm">
                    <Fresh answer={now} />
                    <SegmentedControl
                      size="xs"
                      aria-label="What is counted"
                      value={counted}
                      onChange={(value) =>
                        change({ count: value === 'people' ? undefined : (value as 'events') })
                      }
                      data={Object.entries(counts).map(([value, label]) => ({ value, label }))}
                    />
                  </Group>
                }
              >
                <SeriesView
                  chart={minutesChart(now, counted)}
                  kind="bar"
                  height={190}
                  nothing="Nobody did anything in the last 30 minutes."
                />
              </Panel>
            </div>
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            <Now analytics={analytics} title="Pages" dimension="path" rows={people(now.pages)} />
            <Now
              analytics={analytics}
              title="Sources"
              dimension="traffic_source"
              rows={people(now.traffic_sources)}
            />
            <Now analytics={analytics} title="Countries" dimension="country" rows={people(now.countries)} />
            <Now
              analytics={analytics}
              title="Events"
              dimension="event"
              metric="events"
              rows={now.events.map(({ value, events }) => ({ value, values: { events } }))}
            />
          </SimpleGrid>
        </Stack>
      )}
    </Loaded>
  );
}

const people = (active: { value: string; people: number }[]): Row[] =>
  active.map(({ value, people }) => ({ value, values: { people } }));

function minutesChart(now: Answer, counted: Counted): ChartData {
  return {
    label: counts[counted],
    interval: 'minute',
    timezone: now.timezone,
    times: now.minutes.map(({ time }) => time),
    lines: [{ name: counts[counted], role: 'main', values: now.minutes.map((minute) => minute[counted]) }],
    unfinished: true,
    write: number,
    tick: number,
  };
}

interface NowProps {
  analytics: Analytics;
  title: string;
  dimension: Dimension;
  metric?: Metric;
  rows: Row[];
}

/** The first rows of a dimension in the last 30 minutes. */
function Now({ analytics, title, dimension, metric = 'people', rows }: NowProps) {
  const filters = analytics.asked.filters ?? [];
  return (
    <Panel title={title}>
      {rows.length === 0 ? (
        <Text c="dimmed" size="sm" py="md" ta="center">
          No {dimensionLabel(dimension).toLowerCase()} in the last 30 minutes.
        </Text>
      ) : (
        <TopTable
          dimension={dimension}
          metrics={[metric]}
          rows={rows}
          isPicked={(value) => isFilteredBy(filters, dimension, value)}
          pick={(value) => analytics.change({ filters: orNone(toggled(filters, dimension, value)) })}
        />
      )}
    </Panel>
  );
}
