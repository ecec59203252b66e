import { type CsvCell as Cell, csvLine } from '../../engine/index.ts';
import type { Answer, AnswerTo } from './answers.ts';

/** An answer as a table for spreadsheets (RFC 4180), with a line of names. Formulas are made inert. */
export function csvOf(answer: Answer): string {
  return tableOf(answer).map(csvLine).join('');
}

function tableOf(answer: Answer): Cell[][] {
  switch (answer.question) {
    case 'series':
      return series(answer);
    case 'top':
      return top(answer);
    case 'totals':
      return totals(answer);
    case 'funnel':
      return funnel(answer);
    case 'retention':
      return retention(answer);
    case 'realtime':
      return [
        ['time', 'people', 'events', 'page_views'],
        ...answer.minutes.map(({ time, people, events, page_views }) => [time, people, events, page_views]),
      ];
  }
}

/** A row for each interval and line; a column for each metric, what it is compared with, and its moving average. */
function series({ metrics, breakdown, smooth, compared, series: lines }: AnswerTo<'series'>): Cell[][] {
  const names = metrics.flatMap((metric) => [
    metric,
    ...(smooth ? [`${metric}_smoothed`] : []),
    ...(compared ? [`${metric}_compared`, ...(smooth ? [`${metric}_compared_smoothed`] : [])] : []),
  ]);
  const head = ['time', ...(breakdown ? [breakdown, 'other'] : []), ...names];
  const groups = lines.filter(({ metric }) => metric === metrics[0]);
  const rows = groups.flatMap((group) => {
    const mine = lines.filter((line) => line.group === group.group && line.other === group.other);
    return group.points.map(({ time }, n) => [
      time,
      ...(breakdown ? [group.group ?? '', group.other ? 'true' : 'false'] : []),
      ...mine.flatMap(({ points, compared: before }) => [
        points[n]?.value,
        ...(smooth ? [points[n]?.smoothed] : []),
        ...(before ? [before.points[n]?.value, ...(smooth ? [before.points[n]?.smoothed] : [])] : []),
      ]),
    ]);
  });
  return [head, ...rows];
}

function top({ dimension, metrics, compared, rows }: AnswerTo<'top'>): Cell[][] {
  const more = compared ? metrics.map((metric) => `${metric}_compared`) : [];
  return [
    [dimension, ...metrics, ...more],
    ...rows.map((row) => [
      row.value,
      ...metrics.map((metric) => row.values[metric]),
      ...(compared ? metrics.map((metric) => row.compared?.[metric]) : []),
    ]),
  ];
}

function totals({ metrics, from, to, values, compared }: AnswerTo<'totals'>): Cell[][] {
  const row = (begin: string, end: string, of: Readonly<Record<string, number | null>>) => [
    begin,
    end,
    ...metrics.map((metric) => of[metric]),
  ];
  return [
    ['from', 'to', ...metrics],
    row(from, to, values),
    ...(compared ? [row(compared.from, compared.to, compared.values)] : []),
  ];
}

function funnel({ dimension, steps, groups }: AnswerTo<'funnel'>): Cell[][] {
  const of = (value: string | undefined, taken: typeof steps) =>
    taken.map((step, n) => [
      ...(dimension ? [value ?? ''] : []),
      n + 1,
      step.event,
      step.people,
      step.of_first,
      step.of_previous,
      step.median_seconds,
    ]);
  return [
    [
      ...(dimension ? [dimension] : []),
      'step',
      'event',
      'people',
      'of_first',
      'of_previous',
      'median_seconds',
    ],
    ...(dimension ? groups.flatMap(({ value, steps: taken }) => of(value, taken)) : of(undefined, steps)),
  ];
}

function retention({ interval, cohorts }: AnswerTo<'retention'>): Cell[][] {
  return [
    ['cohort', 'people', `${interval}s_later`, 'returned', 'ratio'],
    ...cohorts.flatMap(({ time, people, returned }) =>
      returned.map((later, n) => [time, people, n, later.people, later.ratio]),
    ),
  ];
}
