import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconMailOff } from '@tabler/icons-react';
import { useState } from 'react';
import { Confirm } from '../shared/Confirm.tsx';
import { suppressionText } from '../shared/consentText.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { done } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { SearchBox } from '../shared/SearchBox.tsx';
import { When } from '../shared/When.tsx';
import { Consents } from './Consents.tsx';
import { type Suppression, useAddSuppression, useDeleteSuppression, useSuppressions } from './queries.ts';

/** Lets an address be written to again. */
function Allow({ entry: { id, address } }: { entry: Suppression }) {
  const remove = useDeleteSuppression();
  return (
    <Confirm
      title={`Write to ${address} again?`}
      verb="Allow again"
      run={() => remove.mutateAsync(id)}
      trigger={(open) => (
        <Button size="compact-xs" variant="default" onClick={open} aria-label={`Allow ${address}`}>
          Allow
        </Button>
      )}
    >
      Only do this if the person asked for it.
    </Confirm>
  );
}

const columns: Column<Suppression>[] = [
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
  { title: 'Why', render: (one) => suppressionText(one.reason) },
  { title: 'Since', right: true, from: 'sm', render: (one) => <When time={one.at} /> },
  {
    title: 'Actions',
    hideTitle: true,
    right: true,
    render: (one) => one.reason !== 'erased' && <Allow entry={one} />,
  },
];

/** Addresses that are never written to. */
export function Suppressions() {
  const [search, setSearch] = useState<string>();
  const [address, setAddress] = useState('');
  const suppressions = useSuppressions(search);
  const add = useAddSuppression();
  return (
    <Stack>
      <Panel title="Never write to">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate(address, {
              onSuccess: () => {
                done(`${address} is never written to.`);
                setAddress('');
              },
            });
          }}
        >
          <Group align="flex-start" gap="xs">
            <TextInput
              aria-label="Address never to write to"
              placeholder="someone@example.com"
              type="email"
              required
              maw={380}
              flex={1}
              value={address}
              onChange={(event) => setAddress(event.currentTarget.value)}
              error={add.error?.message}
            />
            <Button type="submit" loading={add.isPending}>
              Add
            </Button>
          </Group>
        </form>
      </Panel>
      <Panel
        title="Suppressed addresses"
        flush
        aside={
          <SearchBox label="Search addresses" placeholder="Search" value={search} onChange={setSearch} />
        }
      >
        <LoadedPages
          query={suppressions}
          empty={
            <EmptyState icon={IconMailOff} title={search ? 'Nothing found' : 'Nobody is suppressed'}>
              Who unsubscribes, bounces or complains is listed here and never written to again.
            </EmptyState>
          }
        >
          {(rows) => (
            <DataTable
              label="Suppressed addresses"
              columns={columns}
              rows={rows}
              rowKey={(one) => one.id}
              testId="suppression-row"
            />
          )}
        </LoadedPages>
      </Panel>
      <Consents search={search} />
    </Stack>
  );
}
