import { type ClickHouse, statement } from '../engine/index.ts';
import { limits, type Spelling } from './schema.ts';
import type { LocationRow } from './tables.ts';

const spellings = statement(import.meta.url, './sql/spellings.sql');

/** A text under which somebody can belong to a location, as such texts are compared. */
export const spelling = (text: string): string => text.trim().toLowerCase();

/** All texts that mean a location in files. */
export const spellingsOf = ({
  name,
  aliases,
  external_id,
}: Pick<LocationRow, 'name' | 'aliases' | 'external_id'>): string[] =>
  [name, ...aliases, ...(external_id === null ? [] : [external_id])].map(spelling);

/** What people have for their store location that means none of these. */
export async function unknownSpellings(
  clickhouse: ClickHouse,
  workspace: string,
  locations: readonly Pick<LocationRow, 'name' | 'aliases' | 'external_id'>[],
): Promise<Spelling[]> {
  const known = new Set(locations.flatMap(spellingsOf));
  const found = await clickhouse.rows<Spelling>(spellings, { workspace });
  return found.filter((one) => !known.has(spelling(one.spelling))).slice(0, limits.spellings);
}
