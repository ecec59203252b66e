import type { AnswerTo } from './answers.ts';
import { type Asking, countRows, coverOf } from './ask.ts';
import { figure, iso } from './figures.ts';
import type { Count, Row } from './kinds.ts';
import type { Filter, RealtimeQuestion } from './question.ts';
import type { Body } from './series.ts';
import { MINUTE, type Period } from './times.ts';
import type { Dimension } from './words.ts';

const minutes = 30;
const activeMinutes = 5;
const rows = 10;

/** What is going on: 30 minutes, of which the last is not over. */
export async function answerRealtime(
  asking: Asking,
  { filters, now }: RealtimeQuestion,
): Promise<Body<AnswerTo<'realtime'>> & { to: number }> {
  const to = (Math.floor(now / MINUTE) + 1) * MINUTE;
  const starts = Array.from({ length: minutes }, (_, n) => to - (minutes - n) * MINUTE);
  const from = starts[0]!;
  const covered = coverOf(asking, { from, to, starts: [] });
  const whole: Period = { from, to, starts: [] };
  const count = (more: Omit<Count, 'filters'> & { filters?: Filter[] }) =>
    countRows(asking, { filters, ...more }, covered);
  const active = now - activeMinutes * MINUTE;
  const top = (dimension: Dimension, metric: 'people' | 'events', more: Filter[] = []) =>
    count({
      metrics: [metric],
      period: whole,
      by: { dimension },
      order: { by: metric, direction: 'descending', limit: rows, offset: 0 },
      filters: [...filters, ...more],
    });
  const [series, [activePeople], pages, countries, sources, events] = await Promise.all([
    count({ metrics: ['people', 'events', 'page_views'], period: { from, to, starts } }),
    count({ metrics: ['people'], period: { from: active, to, starts: [] } }),
    top('path', 'people', [{ dimension: 'path', operator: 'exists' }]),
    top('country', 'people'),
    top('traffic_source', 'people'),
    top('event', 'events'),
  ]);
  const at = new Map(series.map((row) => [row.bucket, row]));
  return {
    from,
    to,
    cover: await covered,
    answer: {
      question: 'realtime',
      active_people: figure(activePeople, 'people') ?? 0,
      people: figure(at.get(0), 'people') ?? 0,
      minutes: starts.map((start) => {
        const row = at.get(start / 1_000);
        return {
          time: iso(start),
          people: figure(row, 'people') ?? 0,
          events: figure(row, 'events') ?? 0,
          page_views: figure(row, 'page_views') ?? 0,
        };
      }),
      pages: peopleOf(pages),
      countries: peopleOf(countries),
      traffic_sources: peopleOf(sources),
      events: events.map((row) => ({ value: row.value ?? '', events: row.events ?? 0 })),
    },
  };
}

const peopleOf = (found: readonly Row[]) =>
  found.map((row) => ({ value: row.value ?? '', people: row.people ?? 0 }));
