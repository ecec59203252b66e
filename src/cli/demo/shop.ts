import { type LoyaltyCustomer, loyaltyCustomer } from '../../imports/index.ts';

/** What one customer did in the shop's web page. */
export interface ShopEvent {
  kind: 'page' | 'order';
  userId: string;
  messageId: string;
  timestamp: Date;
  properties: Record<string, unknown>;
}

export interface Shop {
  seed: number;
  locations: number;
  customersPerLocation: number;
  /** The end of the 90 days. */
  now: Date;
}

const day = 24 * 60 * 60 * 1_000;
const pages = ['/', '/coffee', '/coffee/beans', '/tea', '/gifts', '/stores', '/cart'];

/** How many customers also use the web page; the others are known from the loyalty files alone. */
const webCustomers = 1_500;

/** A small seeded generator (mulberry32), so that a demo can be repeated. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Every customer of the files. */
export function* customersOf(shop: Shop): Generator<LoyaltyCustomer> {
  for (let location = 0; location < shop.locations; location++) {
    for (let n = 0; n < shop.customersPerLocation; n++) yield loyaltyCustomer(shop.seed, location, n);
  }
}

/** 90 days of page views and orders of the customers that use the web page, in no particular order. */
export function* eventsOf(shop: Shop): Generator<ShopEvent> {
  const perLocation = Math.min(shop.customersPerLocation, Math.ceil(webCustomers / shop.locations));
  for (let location = 0; location < shop.locations; location++) {
    for (let n = 0; n < perLocation; n++) {
      const customer = loyaltyCustomer(shop.seed, location, n);
      yield* visitsOf(customer, shop, seeded(shop.seed * 31 + location * 100_003 + n));
    }
  }
}

function* visitsOf(customer: LoyaltyCustomer, shop: Shop, random: () => number): Generator<ShopEvent> {
  const visits = 1 + Math.floor(random() ** 2 * 6);
  for (let visit = 0; visit < visits; visit++) {
    // More visits lately than long ago; none in the last hour, so that relative rules have one right answer.
    const start = shop.now.getTime() - 3_600_000 - random() ** 1.3 * 88 * day;
    const views = 1 + Math.floor(random() * 5);
    const make = (kind: ShopEvent['kind'], step: number, properties: Record<string, unknown>): ShopEvent => ({
      kind,
      userId: customer.email,
      messageId: `demo-${shop.seed}-${customer.email}-${visit}-${step}`,
      timestamp: new Date(start + step * 40_000),
      properties,
    });
    for (let step = 0; step < views; step++) {
      const path = pages[Math.floor(random() ** 1.5 * pages.length)] as string;
      yield make('page', step, { path, url: `https://shop.example${path}`, title: path });
    }
    if (random() < 0.4) {
      const revenue = Math.round(800 + random() ** 2 * 12_000) / 100;
      yield make('order', views, {
        revenue,
        currency: 'USD',
        order_id: `${shop.seed}-${location(customer)}-${visit}`,
      });
    }
  }
}

const location = (customer: LoyaltyCustomer) => customer.email.replace(/[^a-z0-9]+/g, '');
