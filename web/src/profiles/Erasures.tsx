import { Card } from '@mantine/core';
import { IconEraser } from '@tabler/icons-react';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { number, useTimes } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { Status } from '../shared/Status.tsx';
import { type Erasure, useErasures } from './queries.ts';

function Asked({ at, id }: { at: string; id: string }) {
  const times = useTimes();
  return (
    <TextLink to="/erasures/$id" params={{ id }} fz="sm" fw={550} style={{ whiteSpace: 'nowrap' }}>
      {times.time(at)}
    </TextLink>
  );
}

const columns: Column<Erasure>[] = [
  { title: 'Asked for', render: ({ created_at, id }) => <Asked at={created_at} id={id} /> },
  { title: 'By', from: 'sm', render: ({ asked_by }) => asked_by },
  { title: 'Ids', right: true, from: 'sm', render: ({ ids }) => number(ids) },
  {
    title: 'Rows erased',
    right: true,
    render: ({ removed }) => number(removed.reduce((all, { count }) => all + count, 0)),
  },
  { title: 'State', right: true, render: ({ status }) => <Status value={status} /> },
];

/** The receipts of erasures, the newest first. */
export function Erasures() {
  const erasures = useErasures();
  return (
    <Page
      title="Erasures"
      back={<TextLink to="/people">People</TextLink>}
      description="Receipts of who was erased: what and when, without saying whom."
    >
      <Card padding={0} bg="var(--surface)">
        <Loaded query={erasures}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={IconEraser} title="Nobody was erased">
                Open a person and choose Erase. What was erased where is then listed here, as proof.
              </EmptyState>
            ) : (
              <DataTable
                label="Erasures"
                columns={columns}
                rows={items}
                rowKey={({ id }) => id}
                testId="erasure-row"
              />
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}
