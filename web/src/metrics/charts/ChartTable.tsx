import { ScrollArea, Table } from '@mantine/core';
import { type ChartData, fullLabel } from './lines.ts';

/** The numbers a chart is drawn from, newest first. */
export function ChartTable({ chart, height }: { chart: ChartData; height: number | '100%' }) {
  const label = fullLabel(chart);
  return (
    <ScrollArea.Autosize mah={height} tabIndex={0} role="region" aria-label={`${chart.label} in numbers`}>
      <Table stickyHeader highlightOnHover verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Time ({chart.timezone})</Table.Th>
            {chart.lines.map((line) => (
              <Table.Th key={line.name} scope="col" ta="right">
                {line.name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {chart.times
            .map((time, at) => (
              <Table.Tr key={time}>
                <Table.Td>{label(time)}</Table.Td>
                {chart.lines.map((line) => {
                  const value = line.values[at];
                  return (
                    <Table.Td key={line.name} ta="right">
                      {value === null || value === undefined ? '–' : chart.write(value)}
                    </Table.Td>
                  );
                })}
              </Table.Tr>
            ))
            .toReversed()}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}
