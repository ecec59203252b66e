import { ActionIcon, Card, Group, Tooltip } from '@mantine/core';
import { IconQuestionMark, IconUsers, IconX } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { PersonName } from '../profiles/PersonName.tsx';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { RowsSkeleton } from '../shared/Loaded.tsx';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { done, failed } from '../shared/notify.ts';
import { personName } from '../shared/personName.ts';
import { When } from '../shared/When.tsx';
import { type Member, type Segment, useMembers, usePick } from './queries.ts';

/** Who is in a segment, and since when; of a static one each can be taken out. */
export function Members({ segment }: { segment: Segment }) {
  const { id, kind, computing } = segment;
  const members = useMembers(id);
  const pick = usePick(id);
  const navigate = useNavigate({ from: '/segments/$id' });
  const takeOut = async (member: Member) => {
    try {
      await pick.mutateAsync({ remove: [member.id] });
      done(`${personName(member)} is taken out.`);
    } catch (error) {
      failed(error);
    }
  };
  const buttons: Column<Member> = {
    title: 'Actions',
    hideTitle: true,
    right: true,
    render: (member) => (
      <Group gap={4} justify="flex-end" wrap="nowrap">
        {kind === 'rule' && (
          <Tooltip label="Why are they in it?">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Why is ${personName(member)} in it?`}
              onClick={() => navigate({ search: { tab: 'explain', person: member.id } })}
            >
              <IconQuestionMark size={16} />
            </ActionIcon>
          </Tooltip>
        )}
        {kind === 'static' && (
          <Tooltip label="Take out">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Take ${personName(member)} out`}
              onClick={() => takeOut(member)}
            >
              <IconX size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
    ),
  };
  return (
    <Card padding={0} bg="var(--surface)">
      <LoadedPages
        query={members}
        empty={
          computing ? (
            <RowsSkeleton />
          ) : (
            <EmptyState icon={IconUsers} title="Nobody is in it">
              {kind === 'static'
                ? 'Add people above, one by one or with a file.'
                : 'The rule holds for nobody at the moment. People enter by themselves as soon as it does.'}
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
              { title: 'Entered', right: true, from: 'sm', render: (member) => <When time={member.since} /> },
              buttons,
            ]}
          />
        )}
      </LoadedPages>
    </Card>
  );
}
