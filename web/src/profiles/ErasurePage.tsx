import { Alert, Group, Loader, Stack, Text } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { DataTable } from '../shared/DataTable.tsx';
import { count, number, useTimes } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { Panel } from '../shared/Panel.tsx';
import { Status } from '../shared/Status.tsx';
import { byPlace, placeText } from './erasurePlaces.ts';
import { type Erasure, useErasure } from './queries.ts';

/** How far it is, and what it means. */
function Standing({ of: { status, finished_at, bytes_gone_by } }: { of: Erasure }) {
  const times = useTimes();
  if (status !== 'done')
    return (
      <Alert color="blue" icon={<Loader size={18} />} role="status" title="Being erased">
        It goes on by itself; you can leave this page.
      </Alert>
    );
  return (
    <Alert icon={<IconShieldCheck />} role="status" title="Erased" data-testid="erased">
      Nobody can read it any more since {times.exact(finished_at)}. The last files that held it are gone from
      the disk by {times.time(bytes_gone_by)}. What is sent of the person is refused, and their addresses are
      never written to.
    </Alert>
  );
}

/** What was erased where, in rows. */
function Removed({ of: { status, removed } }: { of: Erasure }) {
  const found = removed.filter((one) => one.count > 0).toSorted(byPlace);
  const empty = removed.filter((one) => one.count === 0).toSorted(byPlace);
  return (
    <Panel title={status === 'done' ? 'What was erased' : 'Erased so far'} flush>
      <DataTable
        label="What was erased"
        rows={found}
        rowKey={({ place }) => place}
        testId="erased-place"
        columns={[
          { title: 'What', render: ({ place }) => placeText(place) },
          { title: 'Rows', right: true, render: (one) => number(one.count) },
        ]}
      />
      {empty.length > 0 && (
        <Text size="xs" c="dimmed" p="md">
          Looked through, with nothing of the person:{' '}
          {empty.map(({ place }) => placeText(place).toLowerCase()).join('; ')}.
        </Text>
      )}
    </Panel>
  );
}

/** The receipt of an erasure: no personal data, so it can be kept as proof. */
export function ErasurePage() {
  const { id } = useParams({ from: '/shell/erasures/$id' });
  const erasure = useErasure(id);
  const times = useTimes();
  const client = useQueryClient();
  const status = erasure.data?.status;
  useEffect(() => {
    // Whoever is erased is in no list from now on.
    if (status === 'done') client.removeQueries({ queryKey: ['people'] });
  }, [status, client]);
  return (
    <Page
      title="Receipt of an erasure"
      back={<TextLink to="/erasures">Erasures</TextLink>}
      mark={status && <Status value={status} />}
      description={
        erasure.data &&
        `Asked for by ${erasure.data.asked_by} on ${times.time(erasure.data.created_at)}, of a person with ${count(erasure.data.ids, 'id', 'ids')}`
      }
    >
      <Loaded query={erasure}>
        {(known) => (
          <Stack maw={720}>
            <Standing of={known} />
            <Removed of={known} />
            <Group gap="xs">
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                Number of this receipt: {known.id}
              </Text>
            </Group>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}
