import type { Rule } from './rule.ts';

export interface Template {
  name: string;
  /** What it finds, in a line. */
  purpose: string;
  rule: Rule;
}

const ordered = 'Order Completed';

/** Rules most shops begin with; each is a draft to change, not a thing of its own. */
export const templates: readonly Template[] = [
  {
    name: 'Lapsed big spenders',
    purpose: 'Spent over 500, and have not ordered for a year',
    rule: {
      all: [
        {
          not: { attribute: 'last_order_date', operator: 'within_last', value: { amount: 1, unit: 'year' } },
        },
        { attribute: 'lifetime_value', operator: 'greater_than', value: 500 },
      ],
    },
  },
  {
    name: 'New this month',
    purpose: 'Ordered for the first time in the last month',
    rule: {
      all: [
        { event: ordered, within_last: { amount: 1, unit: 'month' } },
        { event: ordered, count: { exactly: 1 } },
      ],
    },
  },
  {
    name: 'Loyal customers',
    purpose: 'Ordered at least 3 times in the last 90 days',
    rule: { all: [{ event: ordered, count: { at_least: 3 }, within_last: { amount: 90, unit: 'day' } }] },
  },
  {
    name: 'Best customers of the year',
    purpose: 'Orders of the last year add up to 1,000 or more',
    rule: {
      all: [
        {
          event: ordered,
          within_last: { amount: 1, unit: 'year' },
          total: { property: 'revenue', operator: 'at_least', value: 1_000 },
        },
      ],
    },
  },
  {
    name: 'Left their cart',
    purpose: 'Put something into the cart this week, and did not order',
    rule: {
      all: [
        { event: 'Product Added', within_last: { amount: 1, unit: 'week' } },
        { event: ordered, count: { exactly: 0 }, within_last: { amount: 1, unit: 'week' } },
      ],
    },
  },
  {
    name: 'Looks, but never buys',
    purpose: 'Viewed products 5 times in the last month, and never ordered',
    rule: {
      all: [
        { event: 'Product Viewed', count: { at_least: 5 }, within_last: { amount: 1, unit: 'month' } },
        { event: ordered, count: { exactly: 0 } },
      ],
    },
  },
];
