import { Progress, Text } from '@mantine/core';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { bytes, number } from '../shared/format.ts';
import { TextLink } from '../shared/links.tsx';
import { Status } from '../shared/Status.tsx';
import { When } from '../shared/When.tsx';
import { type Import, isGoing } from './queries.ts';

const columns: Column<Import>[] = [
  {
    title: 'File',
    render: (one) => (
      <>
        <TextLink to="/imports/$id" params={{ id: one.id }} fw={550} style={{ overflowWrap: 'anywhere' }}>
          {one.file_name}
        </TextLink>
        <Text size="xs" c="dimmed">
          {bytes(one.bytes)}
        </Text>
      </>
    ),
  },
  {
    title: 'Status',
    render: (one) =>
      isGoing(one) ? (
        <Progress
          w={90}
          size="lg"
          value={one.bytes === 0 ? 0 : (one.bytes_read / one.bytes) * 100}
          animated
          aria-label={`Progress of ${one.file_name}`}
        />
      ) : (
        <Status value={one.status} />
      ),
  },
  { title: 'Rows in', right: true, render: (one) => number(one.rows_ok) },
  { title: 'Bad rows', right: true, from: 'sm', render: (one) => number(one.rows_bad) },
  { title: 'When', right: true, from: 'sm', render: (one) => <When time={one.created_at} /> },
];

export function ImportList({ imports }: { imports: Import[] }) {
  return (
    <DataTable
      label="Imports"
      columns={columns}
      rows={imports}
      rowKey={(one) => one.id}
      testId="import-row"
    />
  );
}
