import { Text, Timeline, Title } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type Times, useTimes } from '../shared/format.ts';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { Panel } from '../shared/Panel.tsx';
import classes from './PersonTimeline.module.css';
import { type PersonDetail, type TimelineItem, useTimeline } from './queries.ts';
import { TimelineEvent } from './TimelineEvent.tsx';
import { TimelineFilters } from './TimelineFilters.tsx';
import { isFiltered } from './timelineSearch.ts';

/** Events by the day they happened on, in their order. */
function byDay(items: readonly TimelineItem[], times: Times): [string, TimelineItem[]][] {
  const days = new Map<string, TimelineItem[]>();
  for (const item of items) {
    const day = times.weekday(item.time);
    days.set(day, [...(days.get(day) ?? []), item]);
  }
  return [...days];
}

/** What happened with the person, newest first. */
export function PersonTimeline({ person }: { person: PersonDetail }) {
  const search = useSearch({ from: '/shell/people/$id' });
  const navigate = useNavigate({ from: '/people/$id' });
  const timeline = useTimeline(person.id, search);
  const times = useTimes();
  return (
    <Panel title="Timeline">
      <TimelineFilters
        events={person.events.map(({ name }) => name)}
        value={search}
        onChange={(next) => navigate({ search: next, replace: true, resetScroll: false })}
      />
      <LoadedPages
        query={timeline}
        more="Load older"
        empty={
          <Text size="sm" c="dimmed" role="status">
            {isFiltered(search) ? 'Nothing of that kind has happened.' : 'Nothing has happened yet.'}
          </Text>
        }
      >
        {(items) =>
          byDay(items, times).map(([day, those]) => (
            <section key={day} aria-label={day}>
              <Title order={3} className={classes.day}>
                {day}
              </Title>
              <Timeline bulletSize={12} lineWidth={2} active={-1} className={classes.timeline}>
                {those.map((item) => (
                  <Timeline.Item key={item.message_id}>
                    <TimelineEvent item={item} />
                  </Timeline.Item>
                ))}
              </Timeline>
            </section>
          ))
        }
      </LoadedPages>
    </Panel>
  );
}
