import { type Column, DataTable } from '../../shared/DataTable.tsx';
import { fraction, number } from '../../shared/format.ts';
import type { Funnel } from '../queries.ts';
import { dimensionLabel, valueLabel } from '../words/dimensions.ts';

type Group = Funnel['groups'][number];

/** The funnel for each value of a dimension. */
export function FunnelGroups({ funnel }: { funnel: Funnel }) {
  const { dimension, groups, steps } = funnel;
  if (!dimension) return null;
  const columns: Column<Group>[] = [
    { title: dimensionLabel(dimension), render: (group) => valueLabel(dimension, group.value) },
    ...steps.map(
      (step, at): Column<Group> => ({
        title: `${at + 1}. ${step.event}`,
        right: true,
        render: (group) => {
          const one = group.steps[at];
          if (!one) return '–';
          return at === 0 ? number(one.people) : `${number(one.people)} (${fraction(one.of_first ?? 0)})`;
        },
      }),
    ),
  ];
  return (
    <DataTable
      label={`The funnel by ${dimensionLabel(dimension).toLowerCase()}`}
      columns={columns}
      rows={groups}
      rowKey={(group) => group.value}
      testId="funnel-group"
    />
  );
}
