import { Button, Card, Text } from '@mantine/core';
import { IconBuildingStore } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useMe } from '../access/queries.ts';
import { useMayEdit } from '../connections/useMayEdit.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { number } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { When } from '../shared/When.tsx';
import { ProgramForm } from './ProgramForm.tsx';
import { type ProgramSummary, usePrograms } from './queries.ts';
import { senderText } from './words.ts';

const columnsOf = (zone: string | undefined): Column<ProgramSummary>[] => [
  {
    title: 'Program',
    render: ({ id, name, sender }) => (
      <>
        <TextLink to="/programs/$id" params={{ id }} fw={550}>
          {name}
        </TextLink>
        {senderText(sender) && (
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {senderText(sender)}
          </Text>
        )}
      </>
    ),
  },
  { title: 'Locations', right: true, render: ({ locations }) => number(locations) },
  {
    title: 'Time zone',
    from: 'sm',
    render: ({ timezone }) => (
      <Text inherit c={timezone ? undefined : 'dimmed'}>
        {timezone ?? zone}
      </Text>
    ),
  },
  { title: 'Changed', right: true, from: 'sm', render: ({ updated_at }) => <When time={updated_at} /> },
];

/** The loyalty programs of the workspace. */
export function Programs() {
  const programs = usePrograms();
  const may = useMayEdit();
  const zone = useMe().data?.workspace.timezone;
  const navigate = useNavigate();
  const [making, setMaking] = useState(false);
  const start = may && <Button onClick={() => setMaking(true)}>New program</Button>;
  return (
    <Page
      title="Programs"
      description="Loyalty programs with their locations: whose customers somebody is, what time it is there, and who writes to them."
      actions={programs.data?.items.length ? start : undefined}
    >
      <Card padding={0} bg="var(--surface)">
        <Loaded query={programs}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={IconBuildingStore} title="No programs yet" action={start}>
                A loyalty program has locations, each with its time zone and its sender. Customers belong to
                the one that their store location names in files, however it is spelled there. Programs also
                come by themselves, as documents from your other systems.
              </EmptyState>
            ) : (
              <DataTable
                label="Programs"
                columns={columnsOf(zone)}
                rows={items}
                rowKey={({ id }) => id}
                testId="program-row"
              />
            )
          }
        </Loaded>
      </Card>
      {making && (
        <ProgramForm
          program={undefined}
          close={() => setMaking(false)}
          onSaved={({ id }) => void navigate({ to: '/programs/$id', params: { id } })}
        />
      )}
    </Page>
  );
}
