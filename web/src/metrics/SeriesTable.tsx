import { Group, ScrollArea, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { AsOf } from '../shared/AsOf.tsx';
import { amount, number, timesIn } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { Panel } from '../shared/Panel.tsx';
import { type Question, useSeries } from './queries.ts';
import { seriesName } from './seriesName.ts';

interface Props {
  title: string;
  question: Question;
  controls?: ReactNode;
}

/** The numbers a chart is drawn from, newest first, with their sum where a sum means something. */
export function SeriesTable({ title, question, controls }: Props) {
  const series = useSeries(question);
  const write = question.metric === 'revenue' ? amount : number;
  const times = timesIn(series.data?.timezone ?? 'UTC');
  const label = question.interval === 'day' ? times.date : times.time;
  // A visitor of two days would be counted twice.
  const summable = question.metric !== 'visitors';
  return (
    <Panel
      title={title}
      aside={
        <Group gap="sm">
          {controls}
          <AsOf time={series.data?.as_of} />
        </Group>
      }
      flush
    >
      <Loaded query={series}>
        {(data) => (
          <ScrollArea.Autosize mah={560} tabIndex={0} role="region" aria-label="Numbers over time">
            <Table stickyHeader highlightOnHover verticalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Time ({data.timezone})</Table.Th>
                  <Table.Th scope="col" ta="right">
                    {seriesName(data)}
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.points.toReversed().map((point) => (
                  <Table.Tr key={point.time}>
                    <Table.Td>{label(point.time)}</Table.Td>
                    <Table.Td ta="right">{write(point.value)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
              {summable && (
                <Table.Tfoot>
                  <Table.Tr>
                    <Table.Th scope="row">In all</Table.Th>
                    <Table.Th ta="right">
                      {write(data.points.reduce((sum, point) => sum + point.value, 0))}
                    </Table.Th>
                  </Table.Tr>
                </Table.Tfoot>
              )}
            </Table>
          </ScrollArea.Autosize>
        )}
      </Loaded>
    </Panel>
  );
}
