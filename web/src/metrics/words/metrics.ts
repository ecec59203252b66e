import { amount, brief, fraction, number, short } from '../../shared/format.ts';

export interface MetricWords {
  label: string;
  /** What is counted, for those who wonder. */
  about: string;
  write: (value: number) => string;
  /** The same for the axis of a chart. */
  tick: (value: number) => string;
  /** Whether more of it is good news; neither when that depends. */
  better: 'more' | 'less' | 'neither';
  /** Whether the values of its intervals add up to its total. */
  sums: boolean;
  /** An amount in the shop's currency. */
  money?: boolean;
}

const oneDecimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

const counted = (label: string, about: string, more: Partial<MetricWords> = {}): MetricWords => ({
  label,
  about,
  // What is counted is whole; its averages are not.
  write: (value) => oneDecimal.format(value),
  tick: short,
  better: 'more',
  sums: true,
  ...more,
});

/** Cents stop mattering, and fitting, where there is much. */
const money = (value: number) => (Math.abs(value) < 10_000 ? amount(value) : number(Math.round(value)));

/** What can be counted, by the name it has in the API. */
export const metricWords = {
  visitors: counted('Visitors', 'Different people who did something.', { sums: false }),
  sessions: counted('Sessions', 'Visits: activity with no pause of 30 minutes, from one origin.'),
  page_views: counted('Page views', 'Pages and screens seen.'),
  views_per_session: counted('Views per session', 'Page views for each session.', {
    write: (value) => oneDecimal.format(value),
    tick: (value) => oneDecimal.format(value),
    sums: false,
  }),
  bounce_rate: counted('Bounce rate', 'Sessions with one event only, as a share of all.', {
    write: fraction,
    tick: fraction,
    better: 'less',
    sums: false,
  }),
  session_length: counted('Session length', 'From the first event of a session to the last, on average.', {
    write: brief,
    tick: brief,
    sums: false,
  }),
  events: counted('Events', 'Everything people did: pages, screens and tracked events.'),
  people: counted('People', 'Different people behind the events.', { sums: false }),
  new_people: counted('New people', 'People seen for the first time.'),
  revenue: counted('Revenue', 'The revenue that orders carry.', { write: money, money: true }),
  orders: counted('Orders', 'Completed orders.'),
  average_order: counted('Average order', 'Revenue for each order.', {
    write: money,
    money: true,
    sums: false,
  }),
  conversion_rate: counted('Conversion rate', 'Sessions with an order, as a share of all.', {
    write: fraction,
    tick: fraction,
    sums: false,
  }),
  emails: counted('Emails sent', 'Emails of campaigns that were sent.'),
} satisfies Record<string, MetricWords>;

export type Metric = keyof typeof metricWords;
export const metrics = Object.keys(metricWords) as Metric[];
export const isMetric = (value: unknown): value is Metric =>
  typeof value === 'string' && Object.hasOwn(metricWords, value);
export const wordsOf = (metric: string): MetricWords =>
  isMetric(metric) ? metricWords[metric] : counted(metric, '');
