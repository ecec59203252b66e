import { Button, Card, Group, Stack } from '@mantine/core';
import { IconDownload, IconMail } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { EmptyState } from '../shared/EmptyState.tsx';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { ButtonLink } from '../shared/links.tsx';
import { EmailDrawer } from './EmailDrawer.tsx';
import { EmailFilters, isFiltered } from './EmailFilters.tsx';
import { EmailsPage } from './EmailsPage.tsx';
import { EmailTable } from './EmailTable.tsx';
import { filterOf, useEmails } from './queries.ts';
import { ResendAll } from './ResendAll.tsx';

/** The ledger of emails, by what became of them, campaign, address and time. */
export function Emails() {
  const asked = useSearch({ from: '/shell/emails' });
  const navigate = useNavigate({ from: '/emails' });
  const filter = filterOf(asked);
  const emails = useEmails(filter);
  const { status } = filter;
  const change = (next: typeof asked) => navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <EmailsPage tab="ledger">
      <Stack gap="md">
        <Group gap="sm">
          <EmailFilters value={asked} change={change} />
          {(status === 'failed' || status === 'held') && Boolean(emails.data?.pages[0]?.items.length) && (
            <ResendAll status={status} campaign={asked.campaign} />
          )}
          <Button
            component="a"
            href={`/api/emails/export.csv?${new URLSearchParams(filter)}`}
            download
            variant="default"
            leftSection={<IconDownload size={16} />}
          >
            Export
          </Button>
        </Group>
        <Card padding={0} bg="var(--surface)">
          <LoadedPages
            query={emails}
            empty={
              isFiltered(asked) ? (
                <EmptyState icon={IconMail} title="No such emails">
                  No email has this status, campaign, address and time.
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
        <EmailDrawer id={asked.open} close={() => change({ open: undefined })} />
      </Stack>
    </EmailsPage>
  );
}
