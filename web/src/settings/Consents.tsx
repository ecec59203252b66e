import { Select, Text } from '@mantine/core';
import { IconMailCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { consentText } from '../shared/consentText.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { Panel } from '../shared/Panel.tsx';
import { When } from '../shared/When.tsx';
import { type Consent, useConsents } from './queries.ts';

const ways: Record<Consent['how'], string> = {
  link: 'by a link or the mail program',
  page: 'on the page of a link',
  api: 'by the API',
  import: 'known before',
};

const columns: Column<Consent>[] = [
  {
    title: 'Address',
    render: ({ address }) =>
      address === null ? (
        <Text size="sm" c="dimmed">
          kept as a hash only
        </Text>
      ) : (
        <span style={{ overflowWrap: 'anywhere' }}>{address}</span>
      ),
  },
  { title: 'Program', render: (one) => one.program_name ?? 'one that is no more' },
  { title: 'Said', render: (one) => consentText(one.status, one.confirmed_at !== null) },
  { title: 'How', from: 'md', render: (one) => ways[one.how] },
  { title: 'Since', right: true, from: 'sm', render: (one) => <When time={one.at} /> },
];

const statuses = [
  { value: 'unsubscribed', label: 'Unsubscribed' },
  { value: 'pending', label: 'Waiting for confirmation' },
  { value: 'subscribed', label: 'Subscribed' },
];

/** What addresses said of the emails of programs; those that unsubscribed first, as they get none of them. */
export function Consents({ search }: { search: string | undefined }) {
  const [status, setStatus] = useState<Consent['status'] | null>('unsubscribed');
  const consents = useConsents({ search, status: status ?? undefined });
  return (
    <Panel
      title="By program"
      flush
      aside={
        <Select
          aria-label="What was said"
          placeholder="Everything"
          clearable
          size="xs"
          w={210}
          data={statuses}
          value={status}
          onChange={(value) => setStatus(value as Consent['status'] | null)}
        />
      }
    >
      <LoadedPages
        query={consents}
        empty={
          <EmptyState icon={IconMailCheck} title={search ? 'Nothing found' : 'Nobody'}>
            Who says which programs they want emails of, by a link in an email or by the API, is listed here.
          </EmptyState>
        }
      >
        {(rows) => (
          <DataTable
            label="Consents by program"
            columns={columns}
            rows={rows}
            rowKey={(one) => one.id}
            testId="consent-row"
          />
        )}
      </LoadedPages>
    </Panel>
  );
}
