import { SimpleGrid } from '@mantine/core';
import { amount, number } from '../shared/format.ts';
import { Tile } from '../shared/Tile.tsx';
import { When } from '../shared/When.tsx';
import type { PersonDetail } from './queries.ts';

/** What the person is worth: as a file or the shop told it, and as Rapport counted it from events. */
export function PersonOrders({ person: { lifetime_value, orders } }: { person: PersonDetail }) {
  const currencies = orders.currencies.length > 0 ? `, in ${orders.currencies.join(' and ')}` : '';
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
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
      <Tile label="Orders" testId="orders" value={number(orders.count)} note="counted, each once" />
      <Tile
        label="Last order"
        value={orders.last === null ? '–' : <When time={orders.last} />}
        note={
          orders.first !== null && orders.first !== orders.last ? (
            <>
              first <When time={orders.first} />
            </>
          ) : (
            'by the events'
          )
        }
      />
    </SimpleGrid>
  );
}
