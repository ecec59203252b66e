import { Drawer, Group, Skeleton, Stack, Text } from '@mantine/core';
import { Failure } from '../../shared/Failure.tsx';
import { LoadMore } from '../../shared/LoadMore.tsx';
import { SearchBox } from '../../shared/SearchBox.tsx';
import { DownloadCsv } from '../DownloadCsv.tsx';
import { Fresh } from '../Fresh.tsx';
import { isFilteredBy, orNone, toggled } from '../filters/filters.ts';
import { topQuestion, useAllOf } from '../queries.ts';
import type { Dimension, Filter, Metric } from '../question.ts';
import { SaveChart } from '../save/SaveChart.tsx';
import type { Analytics } from '../useAnalytics.ts';
import { dimensionLabel, isCoded, propertyOf, valueLabel } from '../words/dimensions.ts';
import { DetailsTable } from './DetailsTable.tsx';

/** The columns that say something about a dimension. */
function columnsOf(dimension: Dimension): [Metric, ...Metric[]] {
  if (dimension === 'event' || dimension === 'type' || propertyOf(dimension) !== undefined)
    return ['visitors', 'events', 'revenue', 'orders'];
  // What is bought is bought on another page.
  if (dimension === 'path' || dimension === 'title')
    return ['visitors', 'sessions', 'page_views', 'bounce_rate', 'session_length'];
  return [
    'visitors',
    'sessions',
    'page_views',
    'bounce_rate',
    'session_length',
    'revenue',
    'orders',
    'conversion_rate',
  ];
}

/** The whole list of a dimension: searched, ordered, with more columns, as a file. */
export function DetailsDrawer({ analytics }: { analytics: Analytics }) {
  const { asked, change } = analytics;
  const dimension = asked.details;
  return (
    <Drawer
      opened={dimension !== undefined}
      onClose={() => change({ details: undefined, search: undefined, order: undefined })}
      position="right"
      size={1040}
      title={dimension && `By ${dimensionLabel(dimension).toLowerCase()}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {dimension && <Details key={dimension} analytics={analytics} dimension={dimension} />}
    </Drawer>
  );
}

function Details({ analytics, dimension }: { analytics: Analytics; dimension: Dimension }) {
  const { asked, change, compare, scope } = analytics;
  const filters = asked.filters ?? [];
  const metrics = columnsOf(dimension);
  const order = asked.order && metrics.includes(asked.order) ? asked.order : metrics[0];
  // A text typed is no part of a code: those lists are short, and searched here by their names.
  const coded = isCoded(dimension);
  const also: Filter[] = [
    ...(asked.search && !coded ? [[dimension, 'contains', asked.search] satisfies Filter] : []),
    ...(propertyOf(dimension) && asked.event ? [['event', 'equals', asked.event] satisfies Filter] : []),
  ];
  const question = topQuestion(
    { ...scope, filters: [...scope.filters, ...also] },
    { dimension, metrics, limit: coded ? 300 : 50, order, compare },
  );
  const list = useAllOf(question);
  const pages = list.data?.pages;
  const wanted = (asked.search ?? '').toLowerCase();
  const rows = pages
    ?.flatMap((page) => page.rows)
    .filter((row) => !coded || valueLabel(dimension, row.value).toLowerCase().includes(wanted));
  const name = `By ${dimensionLabel(dimension).toLowerCase()}`;
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <SearchBox
          label={`Search ${dimensionLabel(dimension).toLowerCase()}`}
          placeholder="Search"
          value={asked.search}
          onChange={(search) => change({ search }, true)}
        />
        <Group gap="xs">
          <Fresh answer={pages?.[0]} />
          <SaveChart question={{ ...question, limit: 10 }} name={name} />
          <DownloadCsv question={{ ...question, limit: 1_000 }} name={name} />
        </Group>
      </Group>
      {!rows &&
        (list.isError ? <Failure error={list.error} retry={() => list.refetch()} /> : <Skeleton h={420} />)}
      {rows?.length === 0 && (
        <Text c="dimmed" size="sm" py="xl" ta="center">
          {asked.search ? `Nothing like “${asked.search}” in these days.` : 'Nothing in these days.'}
        </Text>
      )}
      {rows && rows.length > 0 && (
        <DetailsTable
          dimension={dimension}
          metrics={metrics}
          rows={rows}
          order={order}
          orderBy={(metric) => change({ order: metric === metrics[0] ? undefined : metric }, true)}
          isPicked={(value) => isFilteredBy(filters, dimension, value)}
          pick={(value) =>
            change({
              filters: orNone(toggled(filters, dimension, value)),
              details: undefined,
              search: undefined,
              order: undefined,
            })
          }
        />
      )}
      <LoadMore {...list} />
    </Stack>
  );
}
