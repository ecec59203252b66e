import { Card } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { EmptyState } from '../shared/EmptyState.tsx';
import { Failure } from '../shared/Failure.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { ButtonLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { ConnectionList } from './ConnectionList.tsx';
import { useConnections } from './queries.ts';
import { useMayEdit } from './useMayEdit.ts';

/** The lists held elsewhere that are kept in sync. */
export function Connections() {
  const connections = useConnections();
  const may = useMayEdit();
  const start = may && <ButtonLink to="/connections/new">New connection</ButtonLink>;
  return (
    <Page
      title="Connections"
      description="Lists held elsewhere, kept the same here, and segments pushed to them: who is added, who changes, who leaves."
      actions={connections.data?.items.length ? start : undefined}
    >
      {connections.isError && connections.data && (
        <Failure error={connections.error} retry={() => connections.refetch()} />
      )}
      <Card padding={0} bg="var(--surface)">
        <Loaded query={connections}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={IconPlugConnected} title="No connections yet" action={start}>
                A connection keeps a list held elsewhere, such as a Mailchimp audience, the same here, or
                pushes a segment to one, and always says as of when. You are told when it falls behind.
              </EmptyState>
            ) : (
              <ConnectionList connections={items} />
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}
