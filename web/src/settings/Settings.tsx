import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Page } from '../shared/Page.tsx';
import { Accounts } from './Accounts.tsx';
import { Keys } from './Keys.tsx';
import { Suppressions } from './Suppressions.tsx';
import { Workspace } from './Workspace.tsx';

const tabs = [
  { value: 'workspace', label: 'Workspace', content: <Workspace /> },
  { value: 'keys', label: 'Keys', content: <Keys /> },
  { value: 'accounts', label: 'Sending', content: <Accounts /> },
  { value: 'suppressions', label: 'Suppressions', content: <Suppressions /> },
] as const;

/** What holds for the whole workspace. */
export function Settings() {
  const { tab = 'workspace' } = useSearch({ from: '/shell/settings' });
  const navigate = useNavigate({ from: '/settings' });
  return (
    <Page title="Settings">
      <Tabs value={tab} onChange={(next) => navigate({ search: { tab: next as typeof tab }, replace: true })}>
        <Tabs.List mb="md">
          {tabs.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ value, content }) => (
          <Tabs.Panel key={value} value={value}>
            {content}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
