import { type ClickHouse, statement } from '../engine/index.ts';
import type { LocationFigures } from './schema.ts';

const report = statement(import.meta.url, './sql/report.sql');

/** How far back orders are counted. */
export const reportDays = 30;

/**
 * The people of each location, and what they are worth.
 * @param meaning which location each text means under which somebody may belong to it
 */
export async function figuresOf(
  clickhouse: ClickHouse,
  workspace: string,
  meaning: ReadonlyMap<string, string>,
  now: Date,
): Promise<Map<string, Omit<LocationFigures, 'id' | 'name'>>> {
  const rows = await clickhouse.rows<Omit<LocationFigures, 'id' | 'name'> & { location: string }>(report, {
    workspace,
    places: [...meaning.keys()],
    locations: [...meaning.values()],
    since: new Date(now.getTime() - reportDays * 86_400_000),
  });
  return new Map(rows.map(({ location, ...figures }) => [location, figures]));
}
