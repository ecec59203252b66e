import { type Device, makeDevices } from './metrics-model-devices.ts';
import { Random } from './metrics-model-random.ts';
import { categories, direct, hostnames, type Origin, origins, pages } from './metrics-model-vocabulary.ts';

/** One request, or one append: messages of one sender that arrive together. */
export interface Flush {
  workspace: string;
  source: string;
  /** Milliseconds since 1970, as all times here. */
  receivedAt: number;
  sentAt?: number;
  userAgent?: string;
  country?: string;
  messages: Message[];
}
export interface Message {
  type: 'track' | 'page' | 'screen' | 'identify' | 'group' | 'alias';
  messageId: string;
  timestamp?: string;
  userId?: string;
  anonymousId?: string;
  previousId?: string;
  groupId?: string;
  event?: string;
  name?: string;
  properties?: Record<string, unknown>;
  traits?: Record<string, unknown>;
  context?: Record<string, unknown>;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Five weeks around each change of the clocks, in Europe and in America. */
const spans = [
  { from: Date.parse('2026-03-03T00:00:00Z'), to: Date.parse('2026-04-05T00:00:00Z') },
  { from: Date.parse('2026-10-13T00:00:00Z'), to: Date.parse('2026-11-10T00:00:00Z') },
] as const;
/** When clocks change: Berlin and New York, spring and autumn. */
const changes = ['2026-03-08T07:00Z', '2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-11-01T06:00Z'].map(
  (text) => Date.parse(text),
);
/** What is held back for the end arrives from here on. */
export const lateFrom = Date.parse('2026-11-12T00:00:00Z');

/**
 * Random messages as they come in, ordered by arrival. The same seed gives the same ones. About 3 in 100 arrive after
 * `lateFrom`, long after they happened.
 *
 * @param count how many messages, at least
 */
export function randomMessages(seed: number, count: number, workspace: string): Flush[] {
  const random = new Random(seed);
  const flushes: Flush[] = [];
  const devices = makeDevices(random, Math.ceil(count / 14));
  let made = 0;
  let id = 0;
  const nextId = () => `m-${(id++).toString(36)}`;
  const send = (flush: Flush) => {
    flushes.push(flush);
    made += flush.messages.length;
    if (random.chance(0.03)) {
      const again = random.skewed([20, 5 * SECOND, HOUR, 2 * DAY]) + random.between(1, 999);
      const copy = { ...flush, receivedAt: flush.receivedAt + again };
      // The sender's clock was put right, or made worse, between the first attempt and this one.
      if (flush.sentAt) copy.sentAt = flush.sentAt + again + random.between(-HOUR, HOUR);
      flushes.push(copy);
      made += copy.messages.length;
    }
  };
  while (made < count) {
    const kind = random.next();
    if (kind < 0.03) send(byRapport(random, workspace, random.skewed(devices), nextId));
    else if (kind < 0.1) send(byServer(random, workspace, random.skewed(devices), nextId));
    else for (const flush of visit(random, workspace, random.skewed(devices), nextId)) send(flush);
  }
  return flushes.sort((a, b) => a.receivedAt - b.receivedAt);
}

/** Some time in one of the spans; often near a change of the clocks. */
function moment(random: Random): number {
  if (random.chance(0.15)) return random.pick(changes) + random.between(-3 * HOUR, 3 * HOUR);
  const span = random.pick(spans);
  return random.between(span.from + HOUR, span.to - 6 * HOUR);
}

/** How long after it happened something arrives: at once, mostly. */
function delay(random: Random, happened: number): number {
  const kind = random.next();
  if (kind < 0.9) return random.between(20, 400);
  if (kind < 0.94) return random.between(MINUTE, 3 * HOUR);
  if (kind < 0.97) return random.between(HOUR, 30 * HOUR);
  return lateFrom - happened + random.between(0, DAY);
}

/** One visit, or several in a row: what somebody does with pauses between, sent in one or more requests. */
function visit(random: Random, workspace: string, device: Device, nextId: () => string): Flush[] {
  let time = moment(random);
  // What identifies a device comes in the order of time, so that the newest link is known.
  const share = device.users.length && 1 / device.users.length;
  const phase = share ? Math.floor((time - spans[0].from) / (spans[1].to - spans[0].from) / share) : 0;
  const user = device.users[Math.min(phase, device.users.length - 1)];
  let origin: Origin = random.chance(0.4) ? direct : random.skewed(origins);
  let page = random.skewed(pages);
  let hostname = random.chance(0.85) ? hostnames[0] : hostnames[1];
  let known = user !== undefined && random.chance(0.4);
  let landing = true;
  const isApp = device.agent === undefined;
  const events: { message: Message; time: number }[] = [];
  const steps = random.chance(0.25) ? 1 : random.between(2, 14);

  for (let n = 0; n < steps; n++) {
    const who = {
      anonymousId: device.anonymousId,
      ...(known && user ? { userId: user.id } : {}),
    };
    const query = landing && origin.query ? `?${new URLSearchParams(origin.query)}` : '';
    const inner = `https://${hostnames[0]}/products`;
    const referrer = landing ? (origin.referrer ?? '') : random.chance(0.5) ? inner : '';
    const context = isApp
      ? { locale: device.locale, app: { name: 'shop' } }
      : {
          locale: device.locale,
          page: {
            url: `https://${hostname}${page.path}${query}`,
            path: page.path,
            title: page.title,
            referrer,
          },
        };
    const common = {
      messageId: nextId(),
      timestamp: new Date(time + device.skew).toISOString(),
      ...who,
      context,
    };
    events.push({ time, message: action(random, common, isApp) });
    if (user && !known && random.chance(0.15)) {
      known = true;
      time += random.between(SECOND, 9 * SECOND);
      const link = {
        messageId: nextId(),
        timestamp: new Date(time + device.skew).toISOString(),
        userId: user.id,
        traits: { plan: random.pick(['free', 'pro']) },
      };
      const before = device.users[device.users.indexOf(user) - 1];
      events.push({ time, message: { ...link, type: 'identify', anonymousId: device.anonymousId } });
      if (user.how === 'alias' && before) {
        time += 1;
        const { traits: _, ...rest } = {
          ...link,
          messageId: nextId(),
          timestamp: new Date(time + device.skew).toISOString(),
        };
        events.push({ time, message: { ...rest, type: 'alias', previousId: before.id } });
      }
      if (random.chance(0.2)) {
        events.push({ time, message: { ...link, messageId: nextId(), type: 'group', groupId: 'team-1' } });
      }
    }
    time += pause(random);
    if (random.chance(0.6)) page = random.skewed(pages);
    landing = random.chance(0.3) && landing;
    if (random.chance(0.05)) {
      landing = true;
      origin = random.skewed(origins);
    }
    if (random.chance(0.05)) hostname = random.pick(hostnames);
  }
  return inRequests(random, workspace, device, events);
}

/** Until the next thing somebody does: seconds mostly; now and then just about what ends a session. */
function pause(random: Random): number {
  const kind = random.next();
  if (kind < 0.88) return random.between(2 * SECOND, 5 * MINUTE);
  if (kind < 0.9) return 30 * MINUTE;
  if (kind < 0.92) return 30 * MINUTE - 1;
  if (kind < 0.97) return random.between(20 * MINUTE, 40 * MINUTE);
  return random.between(HOUR, 5 * HOUR);
}

type Common = Pick<Message, 'messageId' | 'timestamp' | 'userId' | 'anonymousId' | 'context'>;

function action(random: Random, common: Common, isApp: boolean): Message {
  const kind = random.next();
  const category = random.skewed(categories);
  if (kind < 0.5) {
    const name = random.chance(0.2) ? { name: random.pick(['Home', 'Product']) } : {};
    return { ...common, type: isApp ? 'screen' : 'page', ...name, properties: { category } };
  }
  if (kind < 0.75) {
    const price = random.chance(0.1) ? null : random.between(1, 160) / 4;
    return { ...common, type: 'track', event: 'Product Viewed', properties: { category, price } };
  }
  if (kind < 0.88) {
    const properties = { quantity: random.between(1, 12), gift: random.chance(0.3) };
    return { ...common, type: 'track', event: 'Product Added', properties };
  }
  if (kind < 0.96)
    return { ...common, type: 'track', event: 'Order Completed', properties: order(random, common) };
  return { ...common, type: 'track', event: "Clicked 'Help' \\ 50%_off", properties: {} };
}

const order = (random: Random, common: Common) => ({
  order_id: `order-${common.messageId}`,
  // Quarters, so that sums are the same in any order.
  revenue: random.between(4, 800) / 4,
  currency: random.skewed(['EUR', 'USD']),
  category: random.skewed(categories),
});

/** Cuts what happened into requests, each with one time of sending and of arrival. */
function inRequests(
  random: Random,
  workspace: string,
  device: Device,
  events: { message: Message; time: number }[],
): Flush[] {
  const flushes: Flush[] = [];
  for (let n = 0; n < events.length; ) {
    const size = random.between(1, 5);
    const part = events.slice(n, n + size);
    n += size;
    const last = part.at(-1)!.time;
    const sent = last + random.between(0, 300);
    // Its clock is as wrong when it sends as when it noted the time.
    const receivedAt = sent + delay(random, sent);
    const offline = receivedAt - sent > 400;
    const left = offline ? receivedAt - random.between(20, 400) : sent;
    flushes.push({
      workspace,
      source: 'http',
      receivedAt,
      ...(device.silent ? {} : { sentAt: left + device.skew }),
      ...(device.agent ? { userAgent: device.agent.userAgent, country: device.country } : {}),
      messages: part.map(({ message }) => message),
    });
  }
  return flushes;
}

/** A shop's server: knows the user alone, has no browser, and sometimes forgets to say when. */
function byServer(random: Random, workspace: string, device: Device, nextId: () => string): Flush {
  const time = moment(random);
  const user = device.users.at(-1)?.id ?? `customer-${device.anonymousId}`;
  const common = { messageId: nextId(), userId: user };
  const refund = random.chance(0.1);
  const properties = order(random, common);
  if (refund) properties.revenue = -properties.revenue;
  const timeless = random.chance(0.3);
  const sentAt = time + random.between(0, 300);
  return {
    workspace,
    source: random.chance(0.3) ? 'import:018f3e00-0000-7000-8000-0000000000aa' : 'http',
    receivedAt: sentAt + (timeless ? 50 : delay(random, sentAt)),
    ...(random.chance(0.5) ? { sentAt } : {}),
    messages: [
      {
        ...common,
        ...(timeless ? {} : { timestamp: new Date(time).toISOString() }),
        type: 'track',
        event: refund ? 'Order Refunded' : random.chance(0.6) ? 'Order Completed' : 'Invoice Paid',
        properties,
      },
    ],
  };
}

/** What Rapport itself writes about a person. */
function byRapport(random: Random, workspace: string, device: Device, nextId: () => string): Flush {
  const time = moment(random);
  const isEmail = random.chance(0.7);
  return {
    workspace,
    source: isEmail ? 'delivery' : 'segment:018f3e00-0000-7000-8000-0000000000bb',
    receivedAt: time,
    messages: [
      {
        type: 'track',
        messageId: nextId(),
        userId: device.users.at(-1)?.id ?? `customer-${device.anonymousId}`,
        timestamp: new Date(time).toISOString(),
        event: isEmail ? 'Email Sent' : 'Segment Entered',
        properties: isEmail
          ? { campaign_name: random.pick(['Welcome', 'Win back']) }
          : { segment_name: 'Everyone' },
      },
    ],
  };
}
