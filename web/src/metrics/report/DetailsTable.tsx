import { Anchor, Table, UnstyledButton } from '@mantine/core';
import { IconArrowDown } from '@tabler/icons-react';
import type { Row } from '../queries.ts';
import type { Dimension, Metric } from '../question.ts';
import { useWords } from '../words/currency.ts';
import { dimensionLabel, valueLabel } from '../words/dimensions.ts';
import { Delta } from './Delta.tsx';
import classes from './DetailsTable.module.css';

interface Props {
  dimension: Dimension;
  metrics: Metric[];
  rows: Row[];
  order: Metric;
  orderBy: (metric: Metric) => void;
  isPicked: (value: string) => boolean;
  pick: (value: string) => void;
}

/** Every value with every column that says something about it. A column's name orders by it. */
export function DetailsTable({ dimension, metrics, rows, order, orderBy, isPicked, pick }: Props) {
  const wordsOf = useWords();
  const main = metrics[0]!;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways can be scrolled with the keyboard
    <section className={classes.scroll} tabIndex={0} aria-label={`By ${dimensionLabel(dimension)}`}>
      <Table verticalSpacing={6} horizontalSpacing="sm" highlightOnHover className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" className={classes.first}>
              {dimensionLabel(dimension)}
            </Table.Th>
            {metrics.map((metric) => (
              <Table.Th
                key={metric}
                scope="col"
                ta="right"
                aria-sort={metric === order ? 'descending' : 'none'}
              >
                <UnstyledButton
                  className={classes.head}
                  onClick={() => orderBy(metric)}
                  title={`Order by ${wordsOf(metric).label.toLowerCase()}`}
                >
                  {wordsOf(metric).label}
                  {metric === order && <IconArrowDown size={12} aria-hidden />}
                </UnstyledButton>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.value} data-testid="details-row">
              <Table.Td className={classes.first}>
                <Anchor
                  component="button"
                  type="button"
                  fz="sm"
                  ta="start"
                  fw={isPicked(row.value) ? 650 : undefined}
                  className={classes.value}
                  onClick={() => pick(row.value)}
                >
                  {valueLabel(dimension, row.value)}
                </Anchor>
              </Table.Td>
              {metrics.map((metric) => {
                const value = row.values[metric];
                return (
                  <Table.Td key={metric} ta="right" className={classes.number}>
                    {typeof value === 'number' ? wordsOf(metric).write(value) : '–'}
                    {metric === main && row.compared && (
                      <div className={classes.change}>
                        <Delta metric={metric} now={value ?? null} before={row.compared[metric]} />
                      </div>
                    )}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
