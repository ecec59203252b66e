import { SegmentedControl, Stack } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMe } from '../access/queries.ts';
import { Page } from '../shared/Page.tsx';
import { AnalyticsControls } from './AnalyticsControls.tsx';
import type { Question } from './queries.ts';
import { intervalFor, rangeOf } from './ranges.ts';
import { SeriesPanel } from './SeriesPanel.tsx';
import { SeriesTable } from './SeriesTable.tsx';

/** Any event or metric over time, as a chart or as its numbers. All of it is in the address. */
export function Analytics() {
  const asked = useSearch({ from: '/shell/analytics' });
  const navigate = useNavigate({ from: '/analytics' });
  const home = useMe().data?.workspace.timezone;
  const range = rangeOf(asked.range);
  const metric = asked.metric ?? 'events';
  const question: Question = {
    metric,
    event: metric === 'events' ? asked.event : undefined,
    interval: intervalFor(range, asked.interval),
    seconds: range.seconds,
    timezone: asked.timezone ?? home,
  };
  const view = asked.view ?? 'chart';
  const change = (next: typeof asked) => navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const title = `${range.label}, by ${question.interval}`;
  const views = (
    <SegmentedControl
      size="xs"
      aria-label="Chart or table"
      value={view}
      onChange={(value) => change({ view: value as typeof view })}
      data={[
        { value: 'chart', label: 'Chart' },
        { value: 'table', label: 'Table' },
      ]}
    />
  );
  return (
    <Page title="Analytics" description="Any event or metric over time.">
      <Stack gap="md">
        <AnalyticsControls question={question} range={range} change={change} />
        {view === 'chart' ? (
          <SeriesPanel
            title={title}
            controls={views}
            question={question}
            height={340}
            nothing="Nothing in this range. Choose a longer one, or another event."
          />
        ) : (
          <SeriesTable title={title} question={question} controls={views} />
        )}
      </Stack>
    </Page>
  );
}
