import type { Asked, AskedSeries, AskedTop } from './metrics-model.ts';
import type { Cut } from './metrics-model-calendar.ts';
import type { ModelFilter } from './metrics-model-filters.ts';

/** What the exactness test asks. */

export const ofEvents = [
  'visitors',
  'people',
  'new_people',
  'events',
  'page_views',
  'revenue',
  'orders',
  'average_order',
];
const ofSessions = ['sessions', 'views_per_session', 'bounce_rate', 'session_length', 'conversion_rate'];
export const all = [...ofEvents, ...ofSessions];
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'];

const at = (text: string) => Date.parse(text);
export const autumn = { from: at('2026-10-13T00:00:00Z'), to: at('2026-11-10T00:00:00Z') };
export const spring = { from: at('2026-03-03T00:00:00Z'), to: at('2026-04-05T00:00:00Z') };
export const everything = { from: spring.from, to: autumn.to };

/** Around changes of the clocks. `from` and `to` are not where intervals begin. */
const spansOf: Record<Cut, { from: number; to: number }[]> = {
  minute: [
    { from: at('2026-10-24T23:10:30Z'), to: at('2026-10-25T03:00:20Z') },
    { from: at('2026-03-08T05:00:00Z'), to: at('2026-03-08T09:00:00Z') },
  ],
  hour: [
    { from: at('2026-10-23T22:20:00Z'), to: at('2026-11-02T12:00:00Z') },
    { from: at('2026-03-07T00:00:00Z'), to: at('2026-03-30T00:00:00Z') },
  ],
  day: [autumn, { from: at('2026-03-05T13:00:00Z'), to: at('2026-04-02T09:30:00Z') }],
  week: [everything],
  month: [everything],
};

export const filters: ModelFilter[][] = [
  [{ dimension: 'event', operator: 'equals', value: 'Order Completed' }],
  [{ dimension: 'event', operator: 'equals', value: 'Email Sent' }],
  [{ dimension: 'event', operator: 'in', values: ['Email Sent', 'Segment Entered', 'Product Added'] }],
  [{ dimension: 'event', operator: 'contains', value: "'HELP' \\ 50%_" }],
  [{ dimension: 'event', operator: 'not_equals', value: 'Page Viewed' }],
  [{ dimension: 'type', operator: 'in', values: ['page', 'screen'] }],
  [{ dimension: 'path', operator: 'starts_with', value: '/products/' }],
  [
    { dimension: 'path', operator: 'equals', value: "/products/o'brien's" },
    { dimension: 'type', operator: 'equals', value: 'page' },
  ],
  [{ dimension: 'title', operator: 'contains', value: 'über' }],
  [{ dimension: 'device', operator: 'equals', value: 'mobile' }],
  [
    { dimension: 'country', operator: 'not_equals', value: 'DE' },
    { dimension: 'browser', operator: 'exists' },
  ],
  [
    { dimension: 'device', operator: 'equals', value: 'desktop' },
    { dimension: 'event', operator: 'equals', value: 'Product Viewed' },
    { dimension: 'property:price', operator: 'greater', value: 20 },
  ],
  [{ dimension: 'property:price', operator: 'less', value: 3.5 }],
  [{ dimension: 'property:gift', operator: 'equals', value: true }],
  [{ dimension: 'property:category', operator: 'equals', value: 'it\'s \\ "odd" %_' }],
  [{ dimension: 'property:category', operator: 'not_contains', value: 'E' }],
  [{ dimension: 'currency', operator: 'equals', value: 'EUR' }],
  [{ dimension: 'channel', operator: 'equals', value: 'Email' }],
  [{ dimension: 'utm_campaign', operator: 'contains', value: 'CAFÉ &' }],
  [{ dimension: 'entry_page', operator: 'equals', value: '/' }],
  [
    { dimension: 'referrer_domain', operator: 'exists' },
    { dimension: 'event', operator: 'equals', value: 'Order Completed' },
  ],
  [
    { dimension: 'traffic_medium', operator: 'in', values: ['organic', 'email'] },
    { dimension: 'system', operator: 'not_equals', value: 'Windows' },
    { dimension: 'property:price', operator: 'greater', value: 10 },
  ],
  [{ dimension: 'path', operator: 'equals', value: '/nowhere' }],
];

const dimensions = [
  ...[
    'event',
    'type',
    'path',
    'title',
    'hostname',
    'entry_page',
    'exit_page',
    'referrer_domain',
    'traffic_source',
  ],
  ...[
    'traffic_medium',
    'channel',
    'utm_source',
    'utm_medium',
    'utm_campaign',
    'utm_term',
    'utm_content',
    'device',
  ],
  ...[
    'browser',
    'system',
    'country',
    'locale',
    'currency',
    'property:category',
    'property:quantity',
    'property:gift',
  ],
];

/** Every metric, by every interval, in every zone. */
export const plain: AskedSeries[] = (['minute', 'hour', 'day', 'week', 'month'] as const).flatMap(
  (interval) =>
    zones.flatMap((timezone) =>
      spansOf[interval].flatMap((span) => [
        { ...span, timezone, interval, metrics: [...all.slice(0, 11)] },
        { ...span, timezone, interval, metrics: [...all.slice(11), 'emails'] },
      ]),
    ),
);

/** Every filter, over time and as numbers. */
export const filtered: AskedSeries[] = filters.flatMap((list, n) => [
  { ...autumn, timezone: 'Europe/Berlin', interval: 'day', metrics: all.slice(0, 12), filters: list },
  {
    ...spansOf.hour[n % 2]!,
    timezone: zones[n % 4]!,
    interval: 'hour',
    metrics: ['sessions', 'events', 'visitors', 'conversion_rate'],
    filters: list,
  },
]);
export const numbers: Asked[] = [
  ...filters.map((list) => ({ ...everything, timezone: 'UTC', metrics: all.slice(1), filters: list })),
  ...[
    autumn,
    spring,
    everything,
    { from: at('2026-10-20T09:17:31.250Z'), to: at('2026-10-20T15:44:02.001Z') },
  ].map((span) => ({ ...span, timezone: 'America/New_York', metrics: [...all.slice(2), 'emails'] })),
];

/** Every dimension, as lines and as a list. */
export const lines: AskedSeries[] = dimensions.map((dimension, n) => ({
  ...(n % 2 ? autumn : spring),
  timezone: zones[n % 4]!,
  interval: n % 3 ? 'day' : 'week',
  metrics: ['events', 'visitors', 'sessions', 'revenue', 'bounce_rate'],
  breakdown: { dimension, limit: 3 },
  ...(n % 4 === 1 ? { filters: filters[9]! } : {}),
}));
export const lists: AskedTop[] = dimensions.flatMap((dimension, n) => [
  {
    ...autumn,
    timezone: 'UTC',
    metrics: all.slice(0, 12),
    dimension,
    limit: 1_000,
    order: { by: 'events', direction: 'descending' },
  },
  {
    ...everything,
    timezone: 'UTC',
    metrics: ['sessions', 'visitors'],
    dimension,
    limit: 3,
    offset: 1,
    order: { by: n % 2 ? 'sessions' : 'value', direction: n % 3 ? 'descending' : 'ascending' },
    filters: filters[(n * 5) % 12]!,
  },
]);

/** Compared with another time, and smoothed. */
export const compared: AskedSeries[] = [
  {
    ...autumn,
    timezone: 'Europe/Berlin',
    interval: 'day',
    metrics: all.slice(0, 12),
    compare: 'previous_period',
  },
  {
    from: at('2026-10-27T00:00:00Z'),
    to: at('2026-11-06T00:00:00Z'),
    timezone: 'America/New_York',
    interval: 'hour',
    metrics: ['events', 'sessions'],
    compare: 'previous_period',
    smooth: 5,
  },
  {
    ...everything,
    timezone: 'Europe/Berlin',
    interval: 'week',
    metrics: ['events', 'people'],
    compare: 'previous_period',
    smooth: 2,
  },
  {
    from: at('2026-10-26T23:00:00Z'),
    to: at('2026-10-29T09:00:00Z'),
    timezone: 'Europe/Berlin',
    interval: 'hour',
    metrics: ['events', 'revenue'],
    compare: 'previous_period',
  },
  {
    from: at('2027-03-02T23:00:00Z'),
    to: at('2027-04-04T22:00:00Z'),
    timezone: 'Europe/Berlin',
    interval: 'day',
    metrics: ['events', 'new_people', 'sessions'],
    compare: 'previous_year',
  },
  {
    from: at('2027-10-11T22:00:00Z'),
    to: at('2027-11-07T23:00:00Z'),
    timezone: 'Europe/Berlin',
    interval: 'week',
    metrics: ['events', 'sessions'],
    compare: 'previous_year',
  },
  {
    from: at('2027-02-28T23:00:00Z'),
    to: at('2027-12-31T23:00:00Z'),
    timezone: 'Europe/Berlin',
    interval: 'month',
    metrics: ['events', 'revenue'],
    compare: 'previous_year',
    smooth: 3,
  },
  {
    ...autumn,
    timezone: 'Europe/Berlin',
    interval: 'day',
    metrics: ['events', 'visitors'],
    compare: 'previous_period',
    smooth: 7,
    breakdown: { dimension: 'channel', limit: 2 },
  },
];
