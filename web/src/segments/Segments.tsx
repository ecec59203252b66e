import { Card, Group, Loader, Text } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { number } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { ButtonLink, TextLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { When } from '../shared/When.tsx';
import { type NameOf, useBelongings } from './belongings.ts';
import { type Segment, useSegments } from './queries.ts';
import { belongingsIn } from './rule.ts';
import { ruleText } from './ruleText.ts';

const columnsOf = (nameOf: NameOf): Column<Segment>[] => [
  {
    title: 'Segment',
    render: (one) => (
      <>
        <TextLink to="/segments/$id" params={{ id: one.id }} fw={550}>
          {one.name}
        </TextLink>
        <Text size="xs" c="dimmed" lineClamp={2} maw={560}>
          {ruleText(one.rule, nameOf)}
        </Text>
      </>
    ),
  },
  {
    title: 'People',
    right: true,
    render: (one) => (
      <Group gap={6} justify="flex-end" wrap="nowrap">
        {one.computing && <Loader size={12} aria-label="Being computed" />}
        <span data-testid="segment-members">{number(one.members)}</span>
      </Group>
    ),
  },
  { title: 'As of', right: true, from: 'sm', render: (one) => <When time={one.as_of} /> },
];

/** The segments of the workspace. */
export function Segments() {
  const segments = useSegments();
  const rules = segments.data?.items.map(({ rule }) => rule) ?? [];
  const { nameOf } = useBelongings(belongingsIn(rules));
  const start = <ButtonLink to="/segments/new">New segment</ButtonLink>;
  return (
    <Page
      title="Segments"
      description="People who have something in common now. They enter and leave by themselves, or are picked by hand."
      actions={segments.data?.items.length ? start : undefined}
    >
      <Card padding={0} bg="var(--surface)">
        <Loaded query={segments}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={IconFilter} title="No segments yet" action={start}>
                A segment is a rule, such as “spent over 50 and ordered this year”, and the people it holds
                for. Campaigns write to them.
              </EmptyState>
            ) : (
              <DataTable
                label="Segments"
                columns={columnsOf(nameOf)}
                rows={items}
                rowKey={(one) => one.id}
                testId="segment-row"
              />
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}
