import { Card } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { PersonName } from '../profiles/PersonName.tsx';
import { DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { RowsSkeleton } from '../shared/Loaded.tsx';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { When } from '../shared/When.tsx';
import { useMembers } from './queries.ts';

/** Who is in a segment, and since when. */
export function Members({ id, computing }: { id: string; computing: boolean }) {
  const members = useMembers(id, computing);
  return (
    <Card padding={0} bg="var(--surface)">
      <LoadedPages
        query={members}
        empty={
          computing ? (
            <RowsSkeleton />
          ) : (
            <EmptyState icon={IconUsers} title="Nobody is in it">
              The rule holds for nobody at the moment. People enter by themselves as soon as it does.
            </EmptyState>
          )
        }
      >
        {(rows) => (
          <DataTable
            label="Members"
            rows={rows}
            rowKey={(member) => member.id}
            testId="member-row"
            columns={[
              { title: 'Person', render: (member) => <PersonName person={member} /> },
              { title: 'Entered', right: true, render: (member) => <When time={member.since} /> },
            ]}
          />
        )}
      </LoadedPages>
    </Card>
  );
}
