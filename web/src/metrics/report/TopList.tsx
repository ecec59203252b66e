import { Center, Skeleton, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Loaded } from '../../shared/Loaded.tsx';
import { isFilteredBy, orNone, toggled } from '../filters/filters.ts';
import { topQuestion, useTop } from '../queries.ts';
import type { Dimension, Filter, Metric } from '../question.ts';
import type { Analytics } from '../useAnalytics.ts';
import { dimensionLabel } from '../words/dimensions.ts';
import classes from './TopList.module.css';
import { TopTable } from './TopTable.tsx';

interface Props {
  analytics: Analytics;
  dimension: Dimension;
  metrics: Metric[];
  /** The first metric over everything. */
  total?: number | null | undefined;
  /** What must hold here, beside the filters of the page. */
  also?: Filter[];
  action?: (value: string) => ReactNode;
  head?: ReactNode;
}

/** How many rows a panel has room for. */
const panelRows = 8;

/** The first rows of a dimension. */
export function TopList({ analytics, dimension, metrics, total, also = [], action, head }: Props) {
  const { scope, asked, change } = analytics;
  const filters = asked.filters ?? [];
  const top = useTop(
    topQuestion({ ...scope, filters: [...scope.filters, ...also] }, { dimension, metrics, limit: panelRows }),
  );
  return (
    <Loaded query={top} skeleton={<ListSkeleton />}>
      {({ rows }) =>
        rows.length === 0 ? (
          <Stack gap={0} className={classes.list}>
            {head}
            <Center flex={1}>
              <Text c="dimmed" size="sm" ta="center">
                No {dimensionLabel(dimension).toLowerCase()} in these days.
              </Text>
            </Center>
          </Stack>
        ) : (
          <div className={classes.list}>
            <TopTable
              dimension={dimension}
              metrics={metrics}
              rows={rows}
              total={total}
              isPicked={(value) => isFilteredBy(filters, dimension, value)}
              pick={(value) => change({ filters: orNone(toggled(filters, dimension, value)) })}
              action={action}
              head={head}
            />
          </div>
        )
      }
    </Loaded>
  );
}

function ListSkeleton() {
  return (
    <Stack gap={8} pt={22} className={classes.list}>
      {Array.from({ length: panelRows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines have no identity
        <Skeleton key={row} h={25} w={`${96 - row * 9}%`} />
      ))}
    </Stack>
  );
}
