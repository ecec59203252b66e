import { Alert, Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import { AccountUsage } from '../../settings/AccountUsage.tsx';
import { type Account, useAccounts } from '../../settings/queries.ts';
import { duration, number } from '../../shared/format.ts';
import { TextLink } from '../../shared/links.tsx';
import { Panel } from '../../shared/Panel.tsx';
import { Status } from '../../shared/Status.tsx';
import { everyStep } from '../flow/tree.ts';
import type { Campaign, Report } from '../queries.ts';
import { holdsBack } from './holdsBack.ts';
import { timeLeft } from './timeLeft.ts';
import { useSpeed } from './useSpeed.ts';

/** While emails wait: how fast they go, how many are left and for how long, and what holds them back. */
export function SendingNow({ campaign, report }: { campaign: Campaign; report: Report }) {
  const speed = useSpeed(report);
  const accounts = useAccounts().data?.items ?? [];
  const { queued, sending, sent } = report.emails;
  const left = queued + sending;
  if (left === 0) return null;
  const used = usedBy(campaign, accounts);
  const most = used.reduce((sum, { usage }) => sum + usage.rate, 0);
  const seconds = campaign.status === 'running' ? timeLeft(left, used, speed) : undefined;
  return (
    <Panel title="Sending now">
      <Stack gap="sm">
        {campaign.status === 'paused' && (
          <Alert color="marigold" title="The campaign is paused: its emails wait until you resume it." />
        )}
        <Group gap="lg" data-testid="sending-now">
          <Text size="sm">
            <b>{number(Math.round((speed ?? 0) * 10) / 10)}</b> a second now, of {number(most)} at most
          </Text>
          <Text size="sm">
            <TextLink to="/emails" search={{ campaign: campaign.id, status: 'queued' }}>
              {number(left)} left
            </TextLink>
            {seconds !== undefined && `, done in about ${duration(Math.ceil(seconds))}`}
          </Text>
        </Group>
        <Progress value={(sent / (sent + left)) * 100} aria-label="Emails sent of those that are due" />
        <SimpleGrid cols={{ base: 1, sm: Math.min(2, Math.max(1, used.length)) }}>
          {used.map((account) => (
            <div key={account.id}>
              <Group gap="xs">
                <Text size="sm" fw={550}>
                  {account.name}
                </Text>
                <Status value={account.status} />
              </Group>
              {holdsBack(account) && (
                <Text size="sm" c="var(--danger)">
                  {holdsBack(account)}
                </Text>
              )}
              <AccountUsage account={account} />
            </div>
          ))}
        </SimpleGrid>
      </Stack>
    </Panel>
  );
}

/** The accounts the campaign's emails go out through. */
function usedBy({ definition }: Campaign, accounts: readonly Account[]): Account[] {
  const named = new Set(
    [...everyStep(definition.steps)].flatMap(({ step }) => (step.type === 'email' ? [step.account] : [])),
  );
  return accounts.filter(({ id, is_default }) => named.has(id) || (is_default && named.has(undefined)));
}
