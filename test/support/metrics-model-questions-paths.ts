import type { AskedFunnel, AskedRetention } from './metrics-model-paths.ts';
import { autumn, everything, filters, spring } from './metrics-model-questions.ts';

/** What the exactness test asks about the order of events. */

const at = (text: string) => Date.parse(text);
const buying = [{ event: 'Product Viewed' }, { event: 'Product Added' }, { event: 'Order Completed' }];
export const funnels: AskedFunnel[] = [
  { ...everything, timezone: 'UTC', steps: buying, window: { amount: 7, unit: 'day' } },
  {
    ...autumn,
    timezone: 'Europe/Berlin',
    steps: buying,
    window: { amount: 30, unit: 'minute' },
    dimension: 'channel',
  },
  {
    ...spring,
    timezone: 'Europe/Berlin',
    steps: buying,
    window: { amount: 2, unit: 'hour' },
    dimension: 'path',
  },
  { ...autumn, timezone: 'UTC', steps: buying, window: { amount: 1, unit: 'week' }, filters: filters[9]! },
  {
    ...autumn,
    timezone: 'UTC',
    steps: buying,
    window: { amount: 5, unit: 'day' },
    filters: filters[17]!,
    dimension: 'country',
  },
  {
    from: at('2026-10-20T10:11:12Z'),
    to: at('2026-10-26T01:30:00Z'),
    timezone: 'UTC',
    window: { amount: 3, unit: 'day' },
    steps: [
      { event: 'Product Viewed', filters: filters[12]! },
      { event: 'Product Viewed', filters: [{ dimension: 'property:price', operator: 'greater', value: 10 }] },
      { event: 'Product Viewed' },
      { event: 'Order Completed', filters: filters[16]! },
    ],
    dimension: 'property:category',
  },
  {
    ...everything,
    timezone: 'UTC',
    window: { amount: 30, unit: 'day' },
    steps: [{ event: 'Email Sent' }, { event: 'Page Viewed' }],
    dimension: 'device',
  },
  {
    ...autumn,
    timezone: 'UTC',
    window: { amount: 1, unit: 'day' },
    steps: [{ event: 'Nothing' }, { event: 'Page Viewed' }],
  },
];
export const retentions: AskedRetention[] = [
  { ...autumn, timezone: 'Europe/Berlin', interval: 'day' },
  { ...everything, timezone: 'America/New_York', interval: 'week' },
  { ...everything, timezone: 'Asia/Kathmandu', interval: 'month' },
  {
    ...spring,
    timezone: 'Europe/Berlin',
    interval: 'week',
    first: { event: 'Product Viewed' },
    again: { event: 'Order Completed' },
  },
  { ...autumn, timezone: 'UTC', interval: 'day', again: { event: 'Order Completed' }, filters: filters[9]! },
  { ...autumn, timezone: 'UTC', interval: 'week', first: { event: 'Email Sent' }, filters: [] },
  {
    ...everything,
    timezone: 'Europe/Berlin',
    interval: 'week',
    first: { event: 'Order Completed' },
    again: { event: 'Order Completed' },
    filters: filters[17]!,
  },
];
