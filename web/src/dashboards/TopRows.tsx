import { Text } from '@mantine/core';
import type { Top } from '../metrics/queries.ts';
import type { Dimension, Metric } from '../metrics/question.ts';
import { TopTable } from '../metrics/report/TopTable.tsx';

/** A top list as it was answered; with all its columns, or the first one and its bars. */
export function TopRows({ top, all }: { top: Top; all: boolean }) {
  if (top.rows.length === 0)
    return (
      <Text c="dimmed" size="sm" py="lg" ta="center">
        Nothing in these days.
      </Text>
    );
  return (
    <TopTable
      dimension={top.dimension as Dimension}
      metrics={(all ? top.metrics : top.metrics.slice(0, 1)) as Metric[]}
      rows={top.rows}
    />
  );
}
