import { customersOf, eventsOf, type Shop } from './shop.ts';

/** What must come out, computed from the made-up customers by plain counting, apart from the program. */
export interface Expected {
  people: number;
  /** What the shop told of: page views, products looked at, orders and so on. */
  events: number;
  orders: number;
  /** Messages nobody can take. */
  broken: number;
  /** In cents, so that sums are exact. */
  revenueCents: number;
  /** Segment name → members. */
  members: Record<SegmentName, number>;
}

const segmentNames = ['Spring reward', 'Repeat buyers', 'Big spenders in one store'] as const;
export type SegmentName = (typeof segmentNames)[number];

/** The target of the loyalty campaign's document. */
export const loyaltyTarget = { last_order_date: '2020-01-01T00:00:00Z', gross_spent: '50' };
export const repeatBuyerOrders = 2;
export const bigSpender = 500;

export function expectedOf(shop: Shop, bigStore: string): Expected {
  const expected: Expected = {
    people: 0,
    events: 0,
    orders: 0,
    broken: 13,
    revenueCents: 0,
    members: { 'Spring reward': 0, 'Repeat buyers': 0, 'Big spenders in one store': 0 },
  };
  for (const customer of customersOf(shop)) {
    expected.people++;
    const { last_order_date, lifetime_value, store_location } = customer;
    if (new Date(last_order_date) > new Date(loyaltyTarget.last_order_date) && lifetime_value > 50) {
      expected.members['Spring reward']++;
    }
    if (store_location === bigStore && lifetime_value > bigSpender) {
      expected.members['Big spenders in one store']++;
    }
  }
  const orders = new Map<string, number>();
  for (const { kind, event, userId, properties } of eventsOf(shop)) {
    if (kind !== 'identify') expected.events++;
    if (event !== 'Order Completed' || userId === undefined) continue;
    expected.orders++;
    expected.revenueCents += Math.round(Number(properties.revenue) * 100);
    orders.set(userId, (orders.get(userId) ?? 0) + 1);
  }
  for (const count of orders.values()) if (count >= repeatBuyerOrders) expected.members['Repeat buyers']++;
  return expected;
}
