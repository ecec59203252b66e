/** What can be counted, and by what it can be cut. The descriptions are what the API document and the page show. */

export interface MetricWord {
  label: string;
  /** `ratio` lies between 0 and 1; `money` is in whatever currency the events were sent in; `seconds` is an average. */
  unit: 'count' | 'ratio' | 'number' | 'seconds' | 'money';
  /** A metric of sessions counts each when it began; one of events or people, when they happened. */
  of: 'events' | 'people' | 'sessions';
  description: string;
}

const metricWords = {
  visitors: {
    label: 'Visitors',
    unit: 'count',
    of: 'people',
    description: 'People who did something themselves; each once, however many devices they used.',
  },
  people: {
    label: 'People',
    unit: 'count',
    of: 'people',
    description:
      'The same as visitors, but for questions that name an event Rapport writes itself (Email Sent, Segment Entered …): then who it happened to.',
  },
  new_people: {
    label: 'New people',
    unit: 'count',
    of: 'people',
    description:
      'People whose first event ever lies in the interval. With filters or a dimension: those of them with such an event in the same interval; in total, anywhere in the time asked for.',
  },
  sessions: {
    label: 'Sessions',
    unit: 'count',
    of: 'sessions',
    description:
      'Visits: runs of events of one device, ended by 30 minutes without any, or by an event that brings another campaign.',
  },
  page_views: {
    label: 'Page views',
    unit: 'count',
    of: 'events',
    description: 'Events of type page or screen.',
  },
  views_per_session: {
    label: 'Views per session',
    unit: 'number',
    of: 'sessions',
    description: 'Page views of the sessions, divided by their number.',
  },
  bounce_rate: {
    label: 'Bounce rate',
    unit: 'ratio',
    of: 'sessions',
    description: 'Sessions of exactly one event, divided by all.',
  },
  session_length: {
    label: 'Session length',
    unit: 'seconds',
    of: 'sessions',
    description: 'Average seconds from the first event of a session to its last.',
  },
  events: {
    label: 'Events',
    unit: 'count',
    of: 'events',
    description: 'Events; what Rapport wrote itself counts only where a filter names it.',
  },
  revenue: {
    label: 'Revenue',
    unit: 'money',
    of: 'events',
    description:
      'Sum of the revenue of events. Currencies are not converted: filter or cut by currency where there are several.',
  },
  orders: {
    label: 'Orders',
    unit: 'count',
    of: 'events',
    description: "Events named 'Order Completed'.",
  },
  average_order: {
    label: 'Average order',
    unit: 'money',
    of: 'events',
    description: 'Revenue divided by orders.',
  },
  conversion_rate: {
    label: 'Conversion rate',
    unit: 'ratio',
    of: 'sessions',
    description: 'Sessions with at least one order, divided by all.',
  },
  emails: {
    label: 'Emails sent',
    unit: 'count',
    of: 'events',
    description: "'Email Sent' events written by Rapport.",
  },
} as const satisfies Record<string, MetricWord>;

export type MetricName = keyof typeof metricWords;
export const metrics: Readonly<Record<MetricName, MetricWord>> = metricWords;
export const metricNames = Object.keys(metricWords) as [MetricName, ...MetricName[]];

export interface DimensionWord {
  label: string;
  /**
   * `event`: each event has its own. `visit`: an event has that of the session it belongs to. `both`: events have
   * their own, sessions that of their first event.
   */
  of: 'event' | 'visit' | 'both';
  description: string;
}

const dimensionWords = {
  event: { label: 'Event', of: 'event', description: 'Name of the event.' },
  type: { label: 'Type', of: 'event', description: 'track, page or screen.' },
  path: { label: 'Page', of: 'event', description: 'Path of the page.' },
  title: { label: 'Title', of: 'event', description: 'Title of the page.' },
  hostname: { label: 'Hostname', of: 'both', description: 'Host of the page.' },
  entry_page: {
    label: 'Entry page',
    of: 'visit',
    description: 'Path of the first page view of the session.',
  },
  exit_page: { label: 'Exit page', of: 'visit', description: 'Path of the last page view of the session.' },
  referrer_domain: {
    label: 'Referrer',
    of: 'visit',
    description: 'Host of the page the session came from; empty for one’s own.',
  },
  traffic_source: {
    label: 'Source',
    of: 'visit',
    description: 'Where the session came from: google, newsletter, (direct) …',
  },
  traffic_medium: {
    label: 'Medium',
    of: 'visit',
    description: 'How the session came: organic, cpc, email, social, referral, (none) …',
  },
  channel: {
    label: 'Channel',
    of: 'visit',
    description:
      'Direct, Organic Search, Paid Search, Organic Social, Paid Social, Email, Referral, Display, Affiliates, Other.',
  },
  utm_source: { label: 'UTM source', of: 'visit', description: 'utm_source of the session.' },
  utm_medium: { label: 'UTM medium', of: 'visit', description: 'utm_medium of the session.' },
  utm_campaign: { label: 'UTM campaign', of: 'visit', description: 'utm_campaign of the session.' },
  utm_term: { label: 'UTM term', of: 'visit', description: 'utm_term of the session.' },
  utm_content: { label: 'UTM content', of: 'visit', description: 'utm_content of the session.' },
  device: { label: 'Device', of: 'both', description: 'desktop, mobile, tablet, tv; empty when unknown.' },
  browser: { label: 'Browser', of: 'both', description: 'Family of the browser.' },
  system: { label: 'System', of: 'both', description: 'Operating system.' },
  country: { label: 'Country', of: 'both', description: 'ISO 3166-1 alpha-2 code; empty when unknown.' },
  locale: { label: 'Language', of: 'both', description: 'Locale, such as de-CH.' },
  currency: { label: 'Currency', of: 'event', description: 'Currency of the revenue.' },
} as const satisfies Record<string, DimensionWord>;

/** A column that questions may name. */
export type Column = keyof typeof dimensionWords;
/** A dimension as questions name it: a column, or any property of events. */
export type Dimension = Column | `property:${string}`;
export const dimensions: Readonly<Record<Column, DimensionWord>> = dimensionWords;
export const dimensionNames = Object.keys(dimensionWords) as [Column, ...Column[]];

export const intervals = ['minute', 'hour', 'day', 'week', 'month'] as const;
export type Interval = (typeof intervals)[number];

export const operators = [
  'equals',
  'not_equals',
  'contains',
  'not_contains',
  'starts_with',
  'in',
  'exists',
  'greater',
  'less',
] as const;
export type Operator = (typeof operators)[number];

/** Events Rapport itself writes about sending. */
export const emailSent = 'Email Sent';
