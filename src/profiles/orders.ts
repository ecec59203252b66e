import { type ClickHouse, statement } from '../engine/index.ts';
import type { Person } from './schema.ts';

const personOrders = statement(import.meta.url, './sql/person_orders.sql');

/** What a person bought, counted from their events. */
export async function ordersOf(
  clickhouse: ClickHouse,
  workspace: string,
  { ids }: { ids: readonly string[] },
): Promise<Person['orders']> {
  type Row = Omit<Person['orders'], 'first' | 'last'> & { first: number; last: number };
  const [row] = await clickhouse.rows<Row>(personOrders, { workspace, ids });
  if (!row) return { count: 0, revenue: 0, currencies: [], first: null, last: null };
  return { ...row, first: new Date(row.first).toISOString(), last: new Date(row.last).toISOString() };
}
