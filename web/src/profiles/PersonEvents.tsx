import { Text } from '@mantine/core';
import { DataTable } from '../shared/DataTable.tsx';
import { number } from '../shared/format.ts';
import { Panel } from '../shared/Panel.tsx';
import { When } from '../shared/When.tsx';
import type { PersonDetail } from './queries.ts';

/** How often the person did what. */
export function PersonEvents({ person }: { person: PersonDetail }) {
  if (person.events.length === 0)
    return (
      <Panel title="Events">
        <Text size="sm" c="dimmed">
          Nothing done yet.
        </Text>
      </Panel>
    );
  return (
    <Panel title="Events" flush>
      <DataTable
        label="Event counts"
        rows={person.events}
        rowKey={(event) => event.name}
        columns={[
          { title: 'Event', render: (event) => event.name },
          { title: 'Times', right: true, render: (event) => number(event.count) },
          { title: 'Last', right: true, render: (event) => <When time={event.last} /> },
        ]}
      />
    </Panel>
  );
}
