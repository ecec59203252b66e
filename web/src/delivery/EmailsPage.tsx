import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Page } from '../shared/Page.tsx';

interface Props {
  tab: 'ledger' | 'mailbox';
  children: ReactNode;
}

/** The two sides of emails: what was to be sent, and what the dev mailbox received. */
export function EmailsPage({ tab, children }: Props) {
  const navigate = useNavigate();
  return (
    <Page
      title="Emails"
      description={
        tab === 'ledger'
          ? 'Every email to every person, from queued to sent.'
          : 'What the dev account sent. None of it left this machine.'
      }
    >
      <Tabs
        value={tab}
        onChange={(next) => navigate({ to: next === 'mailbox' ? '/emails/mailbox' : '/emails', search: {} })}
      >
        <Tabs.List>
          <Tabs.Tab value="ledger">Sent emails</Tabs.Tab>
          <Tabs.Tab value="mailbox">Dev mailbox</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={tab} pt="md">
          {children}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
