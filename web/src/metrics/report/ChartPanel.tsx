import { Group, SegmentedControl, Select, Skeleton, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { Loaded } from '../../shared/Loaded.tsx';
import { Panel } from '../../shared/Panel.tsx';
import { brokenDownChart, chartOf } from '../charts/lines.ts';
import { SeriesView } from '../charts/SeriesView.tsx';
import { Fresh } from '../Fresh.tsx';
import { type QuestionOf, type Series, useSeries } from '../queries.ts';
import type { Interval, Metric } from '../question.ts';
import { SaveChart } from '../save/SaveChart.tsx';
import type { Analytics } from '../useAnalytics.ts';
import { useWords } from '../words/currency.ts';
import { dimensionGroups } from '../words/dimensionGroups.ts';
import { isDimension } from '../words/dimensions.ts';
import { metrics, wordsOf } from '../words/metrics.ts';
import { SmoothControl } from './SmoothControl.tsx';

interface Props {
  analytics: Analytics;
  metric: Metric;
  interval: Interval;
  /** The answer to all metrics of the report, without breakdown. */
  series: UseQueryResult<Series>;
  /** What the chart alone asks for. */
  question: QuestionOf<'series'>;
}

const height = 300;
const nothing = 'Nothing in these days. Choose other days, or take filters away.';

/** The large chart: one metric over time, as finely and smoothly as wanted. */
export function ChartPanel({ analytics, metric, interval, series, question }: Props) {
  const { asked, change, period } = analytics;
  const kind = asked.as ?? 'area';
  const words = useWords();
  return (
    <Panel
      title={`${wordsOf(metric).label} by ${interval}`}
      aside={
        <Group gap="sm">
          <Fresh answer={series.data} />
          <SaveChart question={question} name={`${wordsOf(metric).label} by ${interval}`} />
        </Group>
      }
    >
      <Stack gap="sm">
        <Group gap="xs" align="flex-end">
          <Select
            size="xs"
            w={150}
            label="Metric"
            allowDeselect={false}
            value={metric}
            onChange={(value) => change({ metric: (value as Metric) ?? undefined })}
            data={metrics.map((value) => ({ value, label: wordsOf(value).label }))}
          />
          <Select
            size="xs"
            w={110}
            label="Interval"
            allowDeselect={false}
            value={interval}
            onChange={(value) => change({ interval: value as Interval })}
            data={period.intervals.map((value) => ({ value, label: `By ${value}` }))}
          />
          <Select
            size="xs"
            w={150}
            label="Broken down by"
            placeholder="nothing"
            clearable
            searchable
            value={asked.cut ?? null}
            onChange={(value) => change({ cut: isDimension(value) ? value : undefined })}
            data={dimensionGroups}
          />
          <SmoothControl
            key={asked.smooth}
            value={asked.smooth}
            interval={interval}
            change={(smooth) => change({ smooth })}
          />
          <SegmentedControl
            size="xs"
            ml="auto"
            aria-label="Chart or table"
            value={asked.as ?? 'chart'}
            onChange={(value) => change({ as: value === 'table' ? 'table' : undefined })}
            data={[
              { value: 'chart', label: 'Chart' },
              { value: 'table', label: 'Table' },
            ]}
          />
        </Group>
        {question.breakdown ? (
          <BrokenDown question={question} kind={asked.as ?? 'line'} />
        ) : (
          <Loaded query={series} skeleton={<Skeleton h={height} />}>
            {(data) => {
              const line = data.series.find((one) => one.metric === metric);
              return (
                <SeriesView
                  chart={line && chartOf(data, line, words(metric))}
                  kind={kind}
                  height={height}
                  nothing={nothing}
                />
              );
            }}
          </Loaded>
        )}
      </Stack>
    </Panel>
  );
}

function BrokenDown({ question, kind }: { question: QuestionOf<'series'>; kind: 'line' | 'table' }) {
  const words = useWords();
  return (
    <Loaded query={useSeries(question)} skeleton={<Skeleton h={height} />}>
      {(data) => (
        <SeriesView chart={brokenDownChart(data, words)} kind={kind} height={height} nothing={nothing} />
      )}
    </Loaded>
  );
}
