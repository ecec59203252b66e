import { SimpleGrid } from '@mantine/core';
import { amount, number } from '../shared/format.ts';
import { Tile } from '../shared/Tile.tsx';
import { When } from '../shared/When.tsx';
import type { PersonDetail } from './queries.ts';

/** What the person is worth: as a file or the shop told it, and as Rapport counted it from events. */
export function PersonOrders({ person: { lifetime_value, orders } }: { person: PersonDetail }) {
  const currencies = orders.currencies.length > 0 ? `, in ${orders.currencies.join(' and ')}` : '';
  return (
    <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
      <Tile
        label="Lifetime value"
        testId="lifetime-value"
        value={lifetime_value === null ? '–' : amount(lifetime_value)}
        note="as it was told: the attribute"
      />
      <Tile
        label="Revenue"
        testId="revenue"
        value={amount(orders.revenue)}
        note={`counted from orders${currencies}`}
      />
      <Tile
        label="Orders"
        testId="orders"
        value={number(orders.count)}
        note={
          orders.last === null ? (
            'counted from events, each once'
          ) : (
            <>
              counted, each once; the last <When time={orders.last} />
            </>
          )
        }
      />
    </SimpleGrid>
  );
}
