import { Group, SimpleGrid, Skeleton, Stack } from '@mantine/core';
import { ResultTiles } from '../delivery/ResultTiles.tsx';
import { AsOf } from '../shared/AsOf.tsx';
import { number, percent } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { Panel } from '../shared/Panel.tsx';
import { Tile } from '../shared/Tile.tsx';
import { type Campaign, useReport } from './queries.ts';
import { StepReport } from './StepReport.tsx';

/** What came of a campaign, by the ledger: people, emails, and step by step. */
export function CampaignReport({ campaign }: { campaign: Campaign }) {
  const report = useReport(campaign.id, campaign.status === 'running');
  return (
    <Loaded query={report} skeleton={<Skeleton h={320} />}>
      {(data) => (
        <Stack gap="md">
          <SimpleGrid cols={{ base: 2, sm: 4 }} spacing={{ base: 'xs', sm: 'md' }}>
            <Tile
              label="Entered"
              value={number(data.entered)}
              testId="report-entered"
              note={`${number(data.active)} under way, ${number(data.waiting)} waiting`}
            />
            <Tile
              label="Completed"
              value={number(data.completed)}
              testId="report-completed"
              note={`${percent(data.completed, data.entered)} of those who entered`}
            />
            <Tile
              label="Emails sent"
              value={number(data.emails.sent)}
              testId="report-sent"
              note={
                <TextLink to="/emails" search={{ campaign: campaign.id }}>
                  {number(data.emails.queued + data.emails.sending)} on their way
                </TextLink>
              }
            />
            <ResultTiles campaign={campaign.id} emails={data.emails} />
            <Tile
              label="Unsubscribed"
              value={number(data.emails.unsubscribed)}
              testId="report-unsubscribed"
              note={`${percent(data.emails.unsubscribed, data.emails.sent)} of those sent`}
            />
            <Tile
              label="Failed"
              value={number(data.emails.failed)}
              testId="report-failed"
              tone={data.emails.failed > 0 ? 'red' : undefined}
              note={
                <TextLink to="/emails" search={{ campaign: campaign.id, status: 'failed' }}>
                  See and resend
                </TextLink>
              }
            />
            {data.emails.held > 0 && (
              <Tile
                label="Held"
                value={number(data.emails.held)}
                testId="report-held"
                tone="red"
                note={
                  <TextLink to="/emails" search={{ campaign: campaign.id, status: 'held' }}>
                    Nobody knows whether they were sent
                  </TextLink>
                }
              />
            )}
            <Tile
              label="Suppressed"
              value={number(data.emails.suppressed)}
              testId="report-suppressed"
              note="asked not to be written to"
            />
            <Tile
              label="Left early"
              value={number(data.exited)}
              testId="report-exited"
              note={`${percent(data.exited, data.entered)} of those who entered`}
            />
            <Tile
              label="Cancelled"
              value={number(data.emails.cancelled)}
              testId="report-cancelled"
              note="queued, then not sent"
            />
          </SimpleGrid>
          <Panel
            title="Step by step"
            aside={
              <Group>
                <AsOf time={data.as_of} />
              </Group>
            }
            flush
          >
            <StepReport report={data} steps={campaign.definition.steps} />
          </Panel>
        </Stack>
      )}
    </Loaded>
  );
}
