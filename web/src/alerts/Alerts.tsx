import { Badge, Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { number } from '../shared/format.ts';
import { Page } from '../shared/Page.tsx';
import { Channels } from './Channels.tsx';
import { Incidents } from './Incidents.tsx';
import { useIncidents } from './queries.ts';

/** What is not well, and who is told. */
export function Alerts() {
  const { tab = 'incidents' } = useSearch({ from: '/shell/alerts' });
  const navigate = useNavigate({ from: '/alerts' });
  const open = useIncidents(true).data?.items.length ?? 0;
  return (
    <Page title="Alerts" description="What is not well, and who is told of it: once, not many times.">
      <Tabs value={tab} onChange={(next) => navigate({ search: { tab: next as typeof tab }, replace: true })}>
        <Tabs.List mb="md">
          <Tabs.Tab
            value="incidents"
            rightSection={
              open > 0 && (
                <Badge color="red" size="sm">
                  {number(open)}
                </Badge>
              )
            }
          >
            Incidents
          </Tabs.Tab>
          <Tabs.Tab value="channels">Channels</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="incidents">
          <Incidents />
        </Tabs.Panel>
        <Tabs.Panel value="channels">
          <Channels />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
