import { Card, Group, Text } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMe } from '../access/queries.ts';
import { useMayEdit } from '../connections/useMayEdit.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { amount, count, number } from '../shared/format.ts';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { ButtonLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { SearchBox } from '../shared/SearchBox.tsx';
import { When } from '../shared/When.tsx';
import { ExportPeople } from './ExportPeople.tsx';
import { PersonName } from './PersonName.tsx';
import { type PersonRow, usePeople } from './queries.ts';
import { SegmentChoice } from './SegmentChoice.tsx';

const columns: Column<PersonRow>[] = [
  { title: 'Person', render: (person) => <PersonName person={person} /> },
  { title: 'Phone', from: 'md', render: (person) => person.phone || '–' },
  { title: 'Store', from: 'sm', render: (person) => person.store_location || '–' },
  {
    title: 'Lifetime value',
    right: true,
    render: (person) => (person.lifetime_value === null ? '–' : amount(person.lifetime_value)),
  },
  { title: 'Last seen', from: 'sm', right: true, render: (person) => <When time={person.last_seen} /> },
];

/** Everybody the workspace knows, with search. */
export function People() {
  const { search, segment } = useSearch({ from: '/shell/people' });
  const navigate = useNavigate({ from: '/people' });
  const people = usePeople({ search, segment });
  const narrowed = search !== undefined || segment !== undefined;
  const mayExport = useMayEdit();
  const mayErase = useMe().data?.role === 'admin';
  const first = people.data?.pages[0];
  const total = first?.total;
  return (
    <Page
      title="People"
      description="Everybody Rapport has heard of: imported, or seen by your shop."
      actions={
        <>
          {mayErase && (
            <ButtonLink to="/erasures" variant="subtle">
              Erasures
            </ButtonLink>
          )}
          {mayExport && <ExportPeople search={search} segment={segment} />}
          <ButtonLink to="/imports" variant="default">
            Import people
          </ButtonLink>
        </>
      }
    >
      <Group gap="sm">
        <SearchBox
          label="Search people"
          placeholder="Name, e-mail, phone or id"
          value={search}
          onChange={(next) => navigate({ search: (old) => ({ ...old, search: next }), replace: true })}
        />
        <SegmentChoice
          value={segment}
          onChange={(next) => navigate({ search: (old) => ({ ...old, segment: next }), replace: true })}
        />
        {total !== undefined && (
          <Text size="sm" c="dimmed" role="status" ml="auto" data-testid="people-total">
            {first?.total_is_least ? `${number(total)} people or more` : count(total, 'person', 'people')}
          </Text>
        )}
      </Group>
      <Card padding={0} bg="var(--surface)">
        <LoadedPages
          query={people}
          empty={
            <EmptyState
              icon={IconUsers}
              title={narrowed ? 'Nobody found' : 'Nobody here yet'}
              action={!narrowed && <ButtonLink to="/imports">Import customers</ButtonLink>}
            >
              {search
                ? `Nobody's name, e-mail, phone or id contains “${search}”${segment ? ', of those in the segment' : ''}.`
                : segment
                  ? 'Nobody is in this segment at the moment.'
                  : 'People come in with an import, or with the first message from your shop.'}
            </EmptyState>
          }
        >
          {(rows) => (
            <DataTable
              label="People"
              columns={columns}
              rows={rows}
              rowKey={(person) => person.id}
              testId="person-row"
            />
          )}
        </LoadedPages>
      </Card>
    </Page>
  );
}
