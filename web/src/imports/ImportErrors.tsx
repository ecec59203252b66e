import { Button, Code, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { number } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { Panel } from '../shared/Panel.tsx';
import { type Import, useImportErrors } from './queries.ts';

interface RowError {
  line: number;
  column: string;
  value: string;
  reason: string;
}

const columns: Column<RowError>[] = [
  { title: 'Line', width: 80, render: (row) => number(row.line) },
  { title: 'Column', render: (row) => row.column || 'the whole row' },
  {
    title: 'Value',
    render: (row) =>
      row.value ? (
        <Code style={{ display: 'inline-block', minWidth: 120, overflowWrap: 'anywhere' }}>{row.value}</Code>
      ) : (
        <Text size="sm" c="dimmed">
          empty
        </Text>
      ),
  },
  { title: 'Reason', render: (row) => <div style={{ minWidth: 160 }}>{row.reason}</div> },
];

/** The rows that could not be taken, and why. */
export function ImportErrors({ one }: { one: Import }) {
  const errors = useImportErrors(one.id, one.rows_bad);
  return (
    <Panel
      title="Bad rows"
      flush
      aside={
        <Button
          component="a"
          href={`/api/imports/${one.id}/errors.csv`}
          download
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} />}
        >
          Download as CSV
        </Button>
      }
    >
      <Loaded query={errors}>
        {({ items, total }) => (
          <>
            <DataTable
              label="Bad rows"
              columns={columns}
              rows={items}
              rowKey={(row) => `${row.line}`}
              testId="import-error"
            />
            {items.length < total && (
              <Text size="xs" c="dimmed" p="sm">
                The first {number(items.length)} of {number(total)}. The CSV file holds all that were kept.
              </Text>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  );
}
