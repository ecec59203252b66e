import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Page } from '../shared/Page.tsx';

interface Props {
  tab: keyof typeof places;
  children: ReactNode;
}

const places = {
  ledger: { to: '/emails', description: 'Every email to every person, from queued to what became of it.' },
  mailbox: { to: '/emails/mailbox', description: 'What the dev account sent. None of it left this machine.' },
  parts: { to: '/emails/parts', description: 'Layouts, footers and other pieces that emails share.' },
} as const;

/** The sides of emails: what was to be sent, what the dev mailbox received, and what they are made from. */
export function EmailsPage({ tab, children }: Props) {
  const navigate = useNavigate();
  return (
    <Page title="Emails" description={places[tab].description}>
      <Tabs
        value={tab}
        onChange={(next) => navigate({ to: places[next as keyof typeof places].to, search: {} })}
      >
        <Tabs.List>
          <Tabs.Tab value="ledger">Sent emails</Tabs.Tab>
          <Tabs.Tab value="mailbox">Dev mailbox</Tabs.Tab>
          <Tabs.Tab value="parts">Template parts</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={tab} pt="md">
          {children}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
