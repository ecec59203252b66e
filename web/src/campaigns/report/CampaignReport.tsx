import { Skeleton, Stack } from '@mantine/core';
import { AsOf } from '../../shared/AsOf.tsx';
import { Loaded } from '../../shared/Loaded.tsx';
import { Panel } from '../../shared/Panel.tsx';
import { type Campaign, useReport } from '../queries.ts';
import { Failures } from '../sending/Failures.tsx';
import { SendingNow } from '../sending/SendingNow.tsx';
import { Exits } from './Exits.tsx';
import { Funnel } from './Funnel.tsx';
import { ReportTiles } from './ReportTiles.tsx';
import { SplitResult } from './SplitResult.tsx';

/** What came of a campaign, by the ledger: people, emails, and step by step. */
export function CampaignReport({ campaign }: { campaign: Campaign }) {
  const report = useReport(campaign.id, campaign.status === 'running');
  return (
    <Loaded query={report} skeleton={<Skeleton h={320} />}>
      {(data) => (
        <Stack gap="md">
          <ReportTiles campaign={campaign} report={data} />
          <SendingNow campaign={campaign} report={data} />
          <Failures campaign={campaign.id} failed={data.emails.failed} held={data.emails.held} />
          <Panel title="Step by step" aside={<AsOf time={data.as_of} />}>
            <Funnel campaign={campaign} report={data} />
          </Panel>
          {data.steps
            .filter(({ ways }) => ways)
            .map((one) => (
              <Panel key={one.id} title={one.name ? `Split test: ${one.name}` : 'Split test'}>
                <SplitResult figures={one} hasGoal={data.goal !== null} />
              </Panel>
            ))}
          <Exits report={data} />
        </Stack>
      )}
    </Loaded>
  );
}
