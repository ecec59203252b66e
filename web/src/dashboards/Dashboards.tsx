import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Page } from '../shared/Page.tsx';
import { ChartList } from './ChartList.tsx';
import { DashboardList } from './DashboardList.tsx';
import { NewDashboard } from './NewDashboard.tsx';

/** Charts of one's own, laid out. */
export function Dashboards() {
  const { tab = 'dashboards' } = useSearch({ from: '/shell/dashboards' });
  const navigate = useNavigate({ from: '/dashboards' });
  return (
    <Page
      title="Dashboards"
      description="Charts of your own, laid out as you want to see them."
      actions={<NewDashboard />}
    >
      <Tabs
        value={tab}
        onChange={(next) =>
          navigate({ search: { tab: next === 'dashboards' ? undefined : (next as typeof tab) } })
        }
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="dashboards">Dashboards</Tabs.Tab>
          <Tabs.Tab value="charts">Saved charts</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="dashboards">
          <DashboardList />
        </Tabs.Panel>
        <Tabs.Panel value="charts">
          <ChartList />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
