import { Card, Stack, Text } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { EmptyState } from '../shared/EmptyState.tsx';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { ButtonLink, TextLink } from '../shared/links.tsx';
import { SearchBox } from '../shared/SearchBox.tsx';
import { EmailsPage } from './EmailsPage.tsx';
import classes from './Mailbox.module.css';
import { MailboxList } from './MailboxList.tsx';
import { MailReader } from './MailReader.tsx';
import { useMailbox } from './queries.ts';

/** The dev mailbox: a list and a reader side by side; on a phone, one at a time. */
export function Mailbox() {
  const { search, open } = useSearch({ from: '/shell/emails/mailbox' });
  const navigate = useNavigate({ from: '/emails/mailbox' });
  const mailbox = useMailbox(search);
  return (
    <EmailsPage tab="mailbox">
      <Stack gap="md">
        <SearchBox
          label="Search the mailbox"
          placeholder="Address or subject"
          value={search}
          onChange={(next) => navigate({ search: (old) => ({ ...old, search: next }), replace: true })}
        />
        <div className={classes.both} data-open={open !== undefined || undefined}>
          <Card padding={0} bg="var(--surface)" className={classes.list}>
            <LoadedPages
              query={mailbox}
              empty={
                <EmptyState
                  icon={IconInbox}
                  title={search ? 'Nothing found' : 'The mailbox is empty'}
                  action={!search && <ButtonLink to="/campaigns">Campaigns</ButtonLink>}
                >
                  {search
                    ? `No address or subject contains “${search}”.`
                    : 'Emails of campaigns that send through the dev account arrive here, to be looked at before anything is sent for real.'}
                </EmptyState>
              }
            >
              {(mails) => <MailboxList mails={mails} open={open} />}
            </LoadedPages>
          </Card>
          <Card padding="md" bg="var(--surface)" className={classes.reader}>
            {open ? (
              <Stack gap="sm">
                <Text size="sm" hiddenFrom="md">
                  <TextLink to="/emails/mailbox" search={{ search }}>
                    Back to the list
                  </TextLink>
                </Text>
                <MailReader id={open} />
              </Stack>
            ) : (
              <Text c="dimmed" size="sm" ta="center" py="xl">
                Choose an email to read it.
              </Text>
            )}
          </Card>
        </div>
      </Stack>
    </EmailsPage>
  );
}
