/** The same counting as the builder's, plainly, in memory: what its tests compare with. */

export interface TestEvent {
  id: string;
  name: string;
  type: 'track' | 'page' | 'screen';
  visitor: number;
  person: number;
  /** Milliseconds since 1970. */
  time: number;
  /** The hour of the sender's clock (`events.hour`), milliseconds. */
  hour: number;
  /** The order of arrival. */
  arrival: number;
  campaign: string;
  path: string;
  revenue: number;
  byRapport: boolean;
  bot: boolean;
}

export interface TestSession {
  visitor: number;
  person: number;
  started: number;
  ended: number;
  events: number;
  page_views: number;
  revenue: number;
  orders: number;
  entry_page: string;
  exit_page: string;
  campaign_key: string;
}

export const hourMs = 3_600_000;
const pauseMs = 1_800_000;

const isView = (event: TestEvent) => event.type !== 'track';
const isOrder = (event: TestEvent) => event.name === 'Order Completed';

/** What makes an event one event: the sorting key of `events`. */
export const identity = (event: TestEvent) => `${event.hour} ${event.name} ${event.id}`;

/** One of each, the first to arrive; no bots. */
function distinct(events: readonly TestEvent[]): TestEvent[] {
  const first = new Map<string, TestEvent>();
  for (const event of events) {
    const known = first.get(identity(event));
    if (!known || event.arrival < known.arrival) first.set(identity(event), event);
  }
  return [...first.values()].filter(({ bot }) => !bot);
}

/** `tie` orders events of one millisecond. */
export function sessionsOf(
  events: readonly TestEvent[],
  tie: (a: TestEvent, b: TestEvent) => number,
): TestSession[] {
  const sessions: TestSession[] = [];
  const own = distinct(events).filter(({ byRapport }) => !byRapport);
  own.sort((a, b) => a.visitor - b.visitor || a.time - b.time || tie(a, b));
  let current: TestSession | undefined;
  let campaign = '';
  for (const event of own) {
    const goesOn =
      current?.visitor === event.visitor &&
      event.time - current.ended < pauseMs &&
      (event.campaign === '' || event.campaign === campaign);
    if (!current || !goesOn) {
      campaign = event.campaign;
      current = {
        visitor: event.visitor,
        person: event.person,
        started: event.time,
        ended: event.time,
        events: 0,
        page_views: 0,
        revenue: 0,
        orders: 0,
        entry_page: '',
        exit_page: '',
        campaign_key: event.campaign,
      };
      sessions.push(current);
    }
    if (isView(event)) {
      if (current.page_views === 0) current.entry_page = event.path;
      current.exit_page = event.path;
      current.page_views++;
    }
    current.ended = event.time;
    current.events++;
    current.revenue += event.revenue;
    current.orders += isOrder(event) ? 1 : 0;
  }
  return sessions;
}

export interface HourCount {
  hour: number;
  name: string;
  type: string;
  by_rapport: boolean;
  events: number;
  page_views: number;
  revenue: number;
  orders: number;
}

/** What `metric_hours` says. */
export function hoursOf(events: readonly TestEvent[]): HourCount[] {
  const counts = new Map<string, HourCount>();
  for (const event of distinct(events)) {
    const hour = Math.floor(event.time / hourMs) * hourMs;
    const { name, type, byRapport: by_rapport } = event;
    const key = JSON.stringify([hour, name, type, by_rapport]);
    const count = counts.get(key) ?? {
      hour,
      name,
      type,
      by_rapport,
      events: 0,
      page_views: 0,
      revenue: 0,
      orders: 0,
    };
    counts.set(key, count);
    count.events++;
    count.page_views += isView(event) ? 1 : 0;
    count.revenue += event.revenue;
    count.orders += isOrder(event) ? 1 : 0;
  }
  return [...counts.values()];
}

/** Who was there when: `<hour> <person>`, what Rapport did left out. */
export const personHoursOf = (events: readonly TestEvent[]) =>
  new Set(
    distinct(events)
      .filter(({ byRapport }) => !byRapport)
      .map(({ time, person }) => `${Math.floor(time / hourMs) * hourMs} ${person}`),
  );
