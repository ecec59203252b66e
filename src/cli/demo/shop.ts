import { type LoyaltyCustomer, loyaltyCustomer } from '../../imports/index.ts';
import { hours } from './catalogue.ts';
import { pick, seeded } from './random.ts';
import { deviceOf, visit } from './visit.ts';

/** What one customer did in the shop's web page: a message to be sent. */
export interface ShopEvent {
  kind: 'page' | 'track' | 'identify';
  /** Of `track`. */
  event?: string;
  anonymousId: string;
  /** Not before they say who they are, on each device. */
  userId?: string;
  messageId: string;
  timestamp: Date;
  properties: Record<string, unknown>;
  context: Record<string, unknown>;
}

export interface Shop {
  seed: number;
  locations: number;
  customersPerLocation: number;
  /** The end of the 90 days. */
  now: Date;
}

/** The names under which a shop's events are counted. */
export const shopEvents = [
  'Page Viewed',
  'Product Viewed',
  'Product Added',
  'Checkout Started',
  'Order Completed',
  'Signed In',
];

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How many customers also use the web page; the others are known from the loyalty files alone. */
const webCustomers = 3_000;

/** Every customer of the files. */
export function* customersOf(shop: Shop): Generator<LoyaltyCustomer> {
  for (let location = 0; location < shop.locations; location++) {
    for (let n = 0; n < shop.customersPerLocation; n++) yield loyaltyCustomer(shop.seed, location, n);
  }
}

/** 90 days of what customers that use the web page did there, customer by customer. */
export function* eventsOf(shop: Shop): Generator<ShopEvent> {
  const perLocation = Math.min(shop.customersPerLocation, Math.ceil(webCustomers / shop.locations));
  for (let location = 0; location < shop.locations; location++) {
    for (let n = 0; n < perLocation; n++) {
      const { email } = loyaltyCustomer(shop.seed, location, n);
      yield* customerEvents(email, shop, seeded(shop.seed * 31 + location * 100_003 + n));
    }
  }
}

/** Begins as a visitor nobody knows; at the latest at the end of the last visit, each device has said whose it is. */
function* customerEvents(email: string, shop: Shop, random: () => number): Generator<ShopEvent> {
  const devices = [deviceOf(random), ...(random() < 0.2 ? [deviceOf(random)] : [])];
  const starts = startsOf(shop.now.getTime(), random);
  const last = new Map<number, number>();
  const used = starts.map(() => (devices.length > 1 && random() < 0.35 ? 1 : 0));
  used.forEach((device, n) => {
    last.set(device, n);
  });
  const known = new Set<number>();
  for (const [n, start] of starts.entries()) {
    const device = used[n] as number;
    const name = `demo-${shop.seed}-${email}`;
    const events = visit({
      email,
      name: `${name}-${n}`,
      anonymousId: device === 0 ? name : `${name}-other`,
      device: devices[device] as (typeof devices)[number],
      known: known.has(device),
      mustSignIn: last.get(device) === n,
      start,
      end: shop.now.getTime(),
      random,
    });
    for (const event of events) {
      if (event.userId) known.add(device);
      yield event;
    }
  }
}

/** When visits begin, the earliest first: more lately than long ago, by day and seldom by night, a few just now. */
function startsOf(now: number, random: () => number): number[] {
  const count = 1 + Math.floor(random() ** 2.2 * 9);
  const today = Math.floor(now / day) * day;
  const starts: number[] = [];
  while (starts.length < count) {
    const daysAgo = Math.floor(random() ** 1.25 * 88);
    const start = today - daysAgo * day + (pick(hours, random) + random()) * hour;
    // Weekends are quieter; and the last hour has no orders, so that rules about time have one right answer.
    const weekend = [0, 6].includes(new Date(start).getUTCDay());
    if (start < now - 2 * hour && !(weekend && random() < 0.35)) starts.push(start);
    else if (random() < 0.02) starts.push(now - 2 * hour - random() * day);
  }
  if (random() < 0.012) starts.push(now - random() * 28 * minute);
  return starts.sort((a, b) => a - b);
}
