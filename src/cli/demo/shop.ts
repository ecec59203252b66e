import { type LoyaltyCustomer, loyaltyCustomer } from '../../imports/index.ts';
import { hours } from './catalogue.ts';
import { pick, seeded } from './random.ts';
import { type Device, deviceOf, visit } from './visit.ts';

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
  'Newsletter Subscribed',
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
  const fond = random() ** 1.5;
  const end = shop.now.getTime();
  const visits = startsOf(end, fond, random).map((start) => ({
    start,
    device: devices.length > 1 && random() < 0.35 ? 1 : 0,
  }));
  const known = new Set<number>();
  for (const [n, { start, device }] of visits.entries()) {
    const name = `demo-${shop.seed}-${email}`;
    const events = visit({
      email,
      name: `${name}-${n}`,
      anonymousId: device === 0 ? name : `${name}-other`,
      device: devices[device] as Device,
      fond,
      known: known.has(device),
      mustSignIn: visits.findLastIndex((one) => one.device === device) === n,
      start,
      end,
      random,
    });
    for (const event of events) {
      if (event.userId) known.add(device);
      yield event;
    }
  }
}

/**
 * When visits begin, the earliest first: a first one some time in 88 days, and others after it, the fonder the sooner; by
 * day rather than by night, and fewer at weekends. Some people are here just now.
 */
function startsOf(now: number, fond: number, random: () => number): number[] {
  const starts: number[] = [];
  let at = now - (0.01 + random() ** 1.1 * 87) * day;
  do {
    const weekend = [0, 6].includes(new Date(at).getUTCDay());
    if (weekend && random() < 0.35) at += 2 * day;
    const start = Math.floor(at / day) * day + (pick(hours, random) + random()) * hour;
    if (start < now - minute) starts.push(start);
    at += (0.6 - Math.log(1 - random()) * (4 + 18 * (1 - fond))) * day;
  } while (at < now && random() < 0.5 + 0.47 * fond);
  if (starts.length === 0) starts.push(now - 2 * hour - random() * day);
  if (random() < 0.004) starts.push(now - (1 + random() * 27) * minute);
  return starts.sort((a, b) => a - b);
}
