import { Card } from '@mantine/core';
import { IconRoute } from '@tabler/icons-react';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { number } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { ButtonLink, TextLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { Status } from '../shared/Status.tsx';
import { When } from '../shared/When.tsx';
import { FrequencyCap } from './FrequencyCap.tsx';
import { type Campaign, useCampaigns } from './queries.ts';

const columns: Column<Campaign>[] = [
  {
    title: 'Campaign',
    render: (one) => (
      <TextLink to="/campaigns/$id" params={{ id: one.id }} fw={550}>
        {one.name}
      </TextLink>
    ),
  },
  { title: 'Status', render: (one) => <Status value={one.status} /> },
  { title: 'Entered', right: true, render: (one) => number(one.counts.entered) },
  { title: 'Under way', right: true, from: 'sm', render: (one) => number(one.counts.active) },
  { title: 'Completed', right: true, from: 'sm', render: (one) => number(one.counts.completed) },
  { title: 'Left early', right: true, from: 'md', render: (one) => number(one.counts.exited) },
  { title: 'Started', right: true, from: 'md', render: (one) => <When time={one.started_at} /> },
];

/** The drips of the workspace. */
export function Campaigns() {
  const campaigns = useCampaigns();
  const start = <ButtonLink to="/campaigns/new">New campaign</ButtonLink>;
  return (
    <Page
      title="Campaigns"
      description="Emails that follow one another, to everybody who enters: by a segment, by what they do, by a schedule."
      actions={campaigns.data?.items.length ? start : undefined}
    >
      <Card padding={0} bg="var(--surface)">
        <Loaded query={campaigns}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={IconRoute} title="No campaigns yet" action={start}>
                A campaign writes to people by itself: choose who enters, the emails they get, and how long to
                wait between them.
              </EmptyState>
            ) : (
              <DataTable
                label="Campaigns"
                columns={columns}
                rows={items}
                rowKey={(one) => one.id}
                testId="campaign-row"
              />
            )
          }
        </Loaded>
      </Card>
      <FrequencyCap />
    </Page>
  );
}
