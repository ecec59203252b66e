import { Group, SegmentedControl, SimpleGrid } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { StaleBanner } from '../connections/StaleBanner.tsx';
import { StaleGate } from '../metrics/StaleGate.tsx';
import { AsOf } from '../shared/AsOf.tsx';
import { Failure } from '../shared/Failure.tsx';
import { Page } from '../shared/Page.tsx';
import { FirstSteps } from './FirstSteps.tsx';
import { LatestCampaigns } from './LatestCampaigns.tsx';
import { LatestImports } from './LatestImports.tsx';
import { OverviewChart } from './OverviewChart.tsx';
import { OverviewTiles } from './OverviewTiles.tsx';
import { useOverview } from './queries.ts';

/** How many people there are, what was sent and what came of it, at a glance. */
export function Overview() {
  const overview = useOverview();
  const { show = 'events', interval = 'day' } = useSearch({ from: '/shell/' });
  const navigate = useNavigate({ from: '/' });
  const empty = overview.data?.people.total === 0 && overview.data.events.last_30_days === 0;
  return (
    <Page
      title="Overview"
      description="How your customers and your emails are doing."
      actions={<AsOf time={overview.data?.as_of} />}
    >
      {overview.isError && <Failure error={overview.error} retry={() => overview.refetch()} />}
      <StaleBanner />
      {empty ? (
        <FirstSteps />
      ) : (
        <>
          <SimpleGrid cols={{ base: 2, lg: 4 }} spacing={{ base: 'xs', sm: 'md' }}>
            <OverviewTiles overview={overview.data} />
          </SimpleGrid>
          <StaleGate>
            <OverviewChart
              metric={show}
              interval={interval}
              controls={
                <Group gap="xs">
                  <SegmentedControl
                    size="xs"
                    aria-label="What the chart shows"
                    value={show}
                    onChange={(value) =>
                      navigate({ search: (old) => ({ ...old, show: value as typeof show }), replace: true })
                    }
                    data={[
                      { value: 'events', label: 'Events' },
                      { value: 'revenue', label: 'Revenue' },
                      { value: 'emails', label: 'Emails' },
                    ]}
                  />
                  <SegmentedControl
                    size="xs"
                    aria-label="Interval"
                    value={interval}
                    onChange={(value) =>
                      navigate({
                        search: (old) => ({ ...old, interval: value as typeof interval }),
                        replace: true,
                      })
                    }
                    data={[
                      { value: 'day', label: 'By day' },
                      { value: 'hour', label: 'By hour' },
                    ]}
                  />
                </Group>
              }
            />
          </StaleGate>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            <LatestCampaigns />
            <LatestImports />
          </SimpleGrid>
        </>
      )}
    </Page>
  );
}
