import type { Flush, Message } from './metrics-model-messages.ts';
import { originOf } from './metrics-model-origin.ts';
import { agents, bots } from './metrics-model-vocabulary.ts';

/** An event as a person with pencil and paper would write it down. Times are milliseconds since 1970. */
export interface ModelEvent {
  id: string;
  type: string;
  event: string;
  time: number;
  /** Who it was in the end, with all that is known by now. */
  person: string;
  visitor: string;
  byRapport: boolean;
  page: boolean;
  order: boolean;
  revenue: number;
  campaign: string;
  properties: Record<string, unknown>;
  /** By the name of the dimension. */
  values: Record<string, string>;
  session: ModelSession | undefined;
}

export interface ModelSession {
  events: ModelEvent[];
  started: number;
  ended: number;
  person: string;
  pageViews: number;
  revenue: number;
  orders: number;
  /** By the name of the dimension: those of its first event, and its entry and exit page. */
  values: Record<string, string>;
}

export interface World {
  /** Of people, not of bots; ascending by time. */
  events: ModelEvent[];
  sessions: ModelSession[];
  /** When each person did something for the first time. */
  firstSeen: Map<string, number>;
}

const pause = 30 * 60_000;

/** What a workspace's messages mean, all of them together. */
export function understand(flushes: readonly Flush[]): World {
  const links = linksOf(flushes);
  const personOf = (id: string) => {
    let person = id;
    for (let hop = 0; hop < 4; hop++) person = links.get(person)?.to ?? person;
    return person;
  };
  const first = new Map<string, { flush: Flush; message: Message }>();
  for (const flush of flushes) {
    for (const message of flush.messages) {
      if (message.type !== 'track' && message.type !== 'page' && message.type !== 'screen') continue;
      const known = first.get(message.messageId);
      if (known && known.flush.receivedAt === flush.receivedAt)
        throw new Error('the model cannot tell which came first');
      if (!known || flush.receivedAt < known.flush.receivedAt)
        first.set(message.messageId, { flush, message });
    }
  }
  const events: ModelEvent[] = [];
  for (const { flush, message } of first.values()) {
    if (bots.some(({ userAgent }) => userAgent === flush.userAgent)) continue;
    events.push(eventOf(flush, message, personOf));
  }
  events.sort((a, b) => a.time - b.time);
  const sessions = sessionsOf(events);
  const firstSeen = new Map<string, number>();
  for (const { person, time, byRapport } of events) {
    if (!byRapport && !firstSeen.has(person)) firstSeen.set(person, time);
  }
  return { events, sessions, firstSeen };
}

/** Whatever names two ids of somebody links them; the newest link of an id counts. */
function linksOf(flushes: readonly Flush[]): Map<string, { to: string; time: number; id: string }> {
  const links = new Map<string, { to: string; time: number; id: string }>();
  for (const flush of flushes) {
    for (const message of flush.messages) {
      const from = message.type === 'alias' ? message.previousId : message.anonymousId;
      if (!from || !message.userId || from === message.userId) continue;
      const time = message.timestamp ? Date.parse(message.timestamp) : flush.receivedAt;
      const known = links.get(from);
      if (!known || time > known.time || (time === known.time && message.messageId > known.id)) {
        links.set(from, { to: message.userId, time, id: message.messageId });
      }
    }
  }
  return links;
}

function eventOf(flush: Flush, message: Message, personOf: (id: string) => string): ModelEvent {
  const skew = flush.sentAt === undefined ? 0 : flush.receivedAt - flush.sentAt;
  const context = (message.context ?? {}) as {
    locale?: string;
    page?: { url: string; path: string; title: string; referrer: string };
  };
  const page = context.page;
  const agent = agents.find(({ userAgent }) => userAgent === flush.userAgent);
  const properties = message.properties ?? {};
  const origin = originOf(page?.url, page?.referrer);
  const event =
    message.type === 'track'
      ? message.event!
      : (message.name ?? (message.type === 'page' ? 'Page Viewed' : 'Screen Viewed'));
  return {
    id: message.messageId,
    type: message.type,
    event,
    time: message.timestamp ? Date.parse(message.timestamp) + skew : flush.receivedAt,
    person: personOf(message.userId ?? message.anonymousId!),
    visitor: message.anonymousId ?? message.userId!,
    byRapport: flush.source === 'delivery' || flush.source.startsWith('segment:'),
    page: message.type !== 'track',
    order: event === 'Order Completed',
    revenue: typeof properties.revenue === 'number' ? properties.revenue : 0,
    campaign: origin.campaign,
    properties,
    session: undefined,
    values: {
      event,
      type: message.type,
      path: page?.path ?? '',
      title: page?.title ?? '',
      hostname: page ? new URL(page.url).hostname : '',
      device: agent?.device ?? '',
      browser: agent?.browser ?? '',
      system: agent?.system ?? '',
      country: flush.country ?? '',
      locale: context.locale ?? '',
      currency: typeof properties.currency === 'string' ? properties.currency : '',
      ...origin.values,
    },
  };
}

/** Cuts what each visitor did, in the order of time, into sessions. */
function sessionsOf(events: readonly ModelEvent[]): ModelSession[] {
  const sessions: ModelSession[] = [];
  const present = new Map<string, { list: ModelEvent[]; campaign: string }>();
  for (const event of events) {
    if (event.byRapport) continue;
    let session = present.get(event.visitor);
    const last = session?.list.at(-1);
    if (last?.time === event.time) throw new Error('the model cannot tell which event came first');
    if (
      !session ||
      event.time - last!.time >= pause ||
      (event.campaign !== '' && event.campaign !== session.campaign)
    ) {
      if (session) sessions.push(sessionOf(session.list));
      session = { list: [], campaign: '' };
      present.set(event.visitor, session);
    }
    session.list.push(event);
    if (event.campaign !== '') session.campaign = event.campaign;
  }
  for (const { list } of present.values()) sessions.push(sessionOf(list));
  return sessions.sort((a, b) => a.started - b.started);
}

function sessionOf(events: ModelEvent[]): ModelSession {
  const begin = events[0]!;
  const end = events.at(-1)!;
  const views = events.filter(({ page }) => page);
  const session: ModelSession = {
    events,
    started: begin.time,
    ended: end.time,
    person: begin.person,
    pageViews: views.length,
    revenue: events.reduce((sum, { revenue }) => sum + revenue, 0),
    orders: events.filter(({ order }) => order).length,
    values: {
      ...begin.values,
      entry_page: views[0]?.values.path ?? '',
      exit_page: views.at(-1)?.values.path ?? '',
    },
  };
  for (const event of events) event.session = session;
  return session;
}
