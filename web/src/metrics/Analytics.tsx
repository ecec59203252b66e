import { Box, Tabs } from '@mantine/core';
import { StaleBanner } from '../connections/StaleBanner.tsx';
import { Page } from '../shared/Page.tsx';
import type { View } from './address.ts';
import { ComparePicker, RangePicker } from './controls/RangeControls.tsx';
import { FilterBar } from './filters/FilterBar.tsx';
import { orNone } from './filters/filters.ts';
import { Funnel } from './funnel/Funnel.tsx';
import { Realtime } from './realtime/Realtime.tsx';
import { Report } from './report/Report.tsx';
import { Retention } from './retention/Retention.tsx';
import { StaleGate } from './StaleGate.tsx';
import { useAnalytics } from './useAnalytics.ts';

const tabs: { value: View; label: string; content: (props: ViewProps) => React.ReactNode }[] = [
  { value: 'report', label: 'Report', content: Report },
  { value: 'realtime', label: 'Realtime', content: Realtime },
  { value: 'funnel', label: 'Funnel', content: Funnel },
  { value: 'retention', label: 'Retention', content: Retention },
];

type ViewProps = { analytics: ReturnType<typeof useAnalytics> };

/** What people do, how much, where they come from, how far they get and whether they come back. All of it is in the address. */
export function Analytics() {
  const analytics = useAnalytics();
  const { asked, change, period, scope } = analytics;
  const view = asked.show ?? 'report';
  return (
    <Page
      title="Analytics"
      description={view === 'realtime' ? 'The last 30 minutes' : `${period.label}, days of ${scope.timezone}`}
      actions={
        view !== 'realtime' && (
          <>
            <RangePicker period={period} change={change} />
            {view === 'report' && (
              <ComparePicker
                value={asked.compare ?? 'previous_period'}
                change={(compare) => change({ compare })}
              />
            )}
          </>
        )
      }
    >
      <StaleBanner />
      <Tabs
        value={view}
        onChange={(next) => change({ show: next === 'report' ? undefined : (next as View) })}
      >
        <Tabs.List mb="md">
          {tabs.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Box mb="md">
          <FilterBar
            filters={asked.filters ?? []}
            change={(filters) => change({ filters: orNone(filters) })}
          />
        </Box>
        {tabs.map(({ value, content: View }) => (
          <Tabs.Panel key={value} value={value}>
            <StaleGate>
              <View analytics={analytics} />
            </StaleGate>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
