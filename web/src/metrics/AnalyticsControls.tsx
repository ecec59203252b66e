import { Select, SimpleGrid } from '@mantine/core';
import type { AnalyticsSearch, Interval, Metric } from '../search.ts';
import { number } from '../shared/format.ts';
import { timeZones } from '../shared/timeZones.ts';
import { type Question, useEventNames } from './queries.ts';
import { ranges } from './ranges.ts';

interface Props {
  question: Question;
  range: (typeof ranges)[number];
  change: (next: AnalyticsSearch) => void;
}

/** What to count, how finely, how far back, and in whose days. */
export function AnalyticsControls({ question, range, change }: Props) {
  const events = useEventNames().data?.items ?? [];
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 5 }} spacing="sm">
      <Select
        label="Metric"
        value={question.metric}
        allowDeselect={false}
        onChange={(value) => change({ metric: value as Metric })}
        data={[
          { value: 'events', label: 'Events' },
          { value: 'visitors', label: 'Visitors' },
          { value: 'people', label: 'New people' },
          { value: 'revenue', label: 'Revenue' },
          { value: 'emails', label: 'Emails sent' },
        ]}
      />
      <Select
        label="Event"
        placeholder="All events"
        value={question.event ?? null}
        disabled={question.metric !== 'events'}
        searchable
        clearable
        nothingFoundMessage="No event of that name"
        onChange={(value) => change({ event: value ?? undefined })}
        data={[...new Map(events.map((event) => [event.name, event])).values()].map((event) => ({
          value: event.name,
          label: `${event.name} (${number(event.count)})`,
        }))}
      />
      <Select
        label="Range"
        value={range.value}
        allowDeselect={false}
        onChange={(value) => change({ range: value ?? undefined })}
        data={ranges}
      />
      <Select
        label="Interval"
        value={question.interval}
        allowDeselect={false}
        onChange={(value) => change({ interval: value as Interval })}
        data={range.intervals.map((value) => ({ value, label: `By ${value}` }))}
      />
      <Select
        label="Time zone"
        value={question.timezone ?? null}
        allowDeselect={false}
        searchable
        limit={60}
        onChange={(value) => change({ timezone: value ?? undefined })}
        data={timeZones(question.timezone)}
      />
    </SimpleGrid>
  );
}
