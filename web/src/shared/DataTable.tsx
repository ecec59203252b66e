import { Table, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './DataTable.module.css';

export interface Column<T> {
  title: string;
  /** Said to those who listen only, e.g. above a column of buttons. */
  hideTitle?: boolean;
  render: (row: T) => ReactNode;
  /** Numbers stand on the right. */
  right?: boolean;
  /** Shown only where there is room for it. */
  from?: 'sm' | 'md';
  width?: number | string;
}

interface Props<T> {
  /** What the table lists, for those who do not see it. */
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  testId?: string;
}

/** The one table of the page. The first column names the row. */
export function DataTable<T>({ label, columns, rows, rowKey, testId }: Props<T>) {
  return (
    <div className={classes.scroll}>
      <Table aria-label={label} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th
                key={column.title}
                ta={column.right ? 'right' : undefined}
                w={column.width}
                visibleFrom={column.from}
                className={classes.head}
                scope="col"
              >
                {column.hideTitle ? <VisuallyHidden>{column.title}</VisuallyHidden> : column.title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)} data-testid={testId}>
              {columns.map((column) => (
                <Table.Td
                  key={column.title}
                  ta={column.right ? 'right' : undefined}
                  visibleFrom={column.from}
                >
                  {column.render(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
