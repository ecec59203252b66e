import { Alert, Skeleton } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { Failure } from '../shared/Failure.tsx';
import { count } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { Panel } from '../shared/Panel.tsx';
import { When } from '../shared/When.tsx';
import { IncidentBadge, IncidentTimes } from './IncidentCard.tsx';
import { MemberLink } from './Members.tsx';
import { type Member, useIncident } from './queries.ts';
import { leftText, titleOf, whatToDo } from './words.ts';

const columns: Column<Member>[] = [
  { title: 'Name', render: (member) => <MemberLink member={member} /> },
  { title: 'Now', render: leftText },
  { title: 'In it since', right: true, from: 'sm', render: ({ joined_at }) => <When time={joined_at} /> },
  { title: 'Until', right: true, from: 'sm', render: ({ left_at }) => <When time={left_at} /> },
];

/** One incident with everything that is or was in it. */
export function IncidentPage() {
  const { id } = useParams({ from: '/shell/alerts/incidents/$id' });
  const query = useIncident(id);
  const one = query.data;
  return (
    <Page
      title={one ? titleOf(one) : 'Incident'}
      back={<TextLink to="/alerts">Alerts</TextLink>}
      mark={one && <IncidentBadge incident={one} />}
      description={one && <IncidentTimes incident={one} />}
    >
      <Loaded query={query} skeleton={<Skeleton h={200} />}>
        {(known) => (
          <>
            {query.isError && <Failure error={query.error} retry={() => query.refetch()} />}
            {known.closed_at === null && (
              <Alert color={known.needs_person ? 'red' : 'marigold'} title={known.message ?? 'What to do'}>
                {whatToDo(known)}
              </Alert>
            )}
            <Panel title={count(known.total, known.watch, `${known.watch}s`)} flush>
              <DataTable
                label="In this incident"
                columns={columns}
                rows={known.members}
                rowKey={({ path, joined_at }) => `${path} ${joined_at}`}
                testId="member-row"
              />
            </Panel>
          </>
        )}
      </Loaded>
    </Page>
  );
}
