import { Card, Group, Select, Stack } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCampaigns } from '../campaigns/queries.ts';
import { EmptyState } from '../shared/EmptyState.tsx';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { ButtonLink } from '../shared/links.tsx';
import { SearchBox } from '../shared/SearchBox.tsx';
import { EmailsPage } from './EmailsPage.tsx';
import { EmailTable } from './EmailTable.tsx';
import { type EmailStatus, statuses, useEmails } from './queries.ts';
import { ResendAll } from './ResendAll.tsx';

/** The ledger of emails, by status, campaign and address. */
export function Emails() {
  const asked = useSearch({ from: '/shell/emails' });
  const navigate = useNavigate({ from: '/emails' });
  const campaigns = useCampaigns();
  const status = statuses.find((one) => one === asked.status);
  const emails = useEmails({ ...asked, status });
  const filtered = Boolean(status || asked.search || asked.campaign);
  const change = (next: typeof asked) => navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <EmailsPage tab="ledger">
      <Stack gap="md">
        <Group gap="sm">
          <SearchBox
            label="Search emails"
            placeholder="Address or subject"
            value={asked.search}
            onChange={(search) => change({ search })}
          />
          <Select
            aria-label="Status"
            placeholder="Any status"
            clearable
            w={150}
            value={status ?? null}
            onChange={(next) => change({ status: (next ?? undefined) as EmailStatus | undefined })}
            data={[...statuses]}
          />
          <Select
            aria-label="Campaign"
            placeholder="Any campaign"
            clearable
            searchable
            w={200}
            value={asked.campaign ?? null}
            onChange={(campaign) => change({ campaign: campaign ?? undefined })}
            data={(campaigns.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
          />
          {(status === 'failed' || status === 'held') && Boolean(emails.data?.pages[0]?.items.length) && (
            <ResendAll status={status} campaign={asked.campaign} />
          )}
        </Group>
        <Card padding={0} bg="var(--surface)">
          <LoadedPages
            query={emails}
            empty={
              filtered ? (
                <EmptyState icon={IconMail} title="No such emails">
                  No email has this status, campaign and address.
                </EmptyState>
              ) : (
                <EmptyState
                  icon={IconMail}
                  title="No emails yet"
                  action={<ButtonLink to="/campaigns/new">New campaign</ButtonLink>}
                >
                  Every email of every campaign is kept here with what became of it. Start a campaign to send
                  the first.
                </EmptyState>
              )
            }
          >
            {(rows) => <EmailTable emails={rows} />}
          </LoadedPages>
        </Card>
      </Stack>
    </EmailsPage>
  );
}
