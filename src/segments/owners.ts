import { type ClickHouse, statement } from '../engine/index.ts';
import { isLinked } from '../log/index.ts';
import { idBatches } from './batches.ts';

const linksOfIds = statement(import.meta.url, './sql/links_of_ids.sql');

/** How often rules follow a link (`personLinks`), and so how often it is done here. */
const steps = 4;

/** Who some ids are now. */
export interface Owners {
  /** The id a person is known by now. */
  of(id: string): string;
  /** Every id met on the way there. */
  met: ReadonlySet<string>;
}

/** Follows the links of some ids, as far as rules follow them. What it costs follows from the ids, not from all links there are. */
export async function ownersOf(
  clickhouse: ClickHouse,
  workspace: string,
  ids: readonly string[],
): Promise<Owners> {
  const next = new Map<string, string>();
  const met = new Set(ids);
  let asked = (await isLinked(clickhouse, workspace)) ? [...met] : [];
  for (let step = 0; step < steps && asked.length > 0; step++) {
    const links = await linksOf(clickhouse, workspace, asked);
    for (const { from_id, to_id } of links) next.set(from_id, to_id);
    asked = [...new Set(links.map(({ to_id }) => to_id))].filter((id) => !met.has(id));
    for (const id of asked) met.add(id);
  }
  const of = (id: string) => {
    let at = id;
    for (let step = 0; step < steps; step++) at = next.get(at) ?? at;
    return at;
  };
  return { of, met };
}

interface Link {
  from_id: string;
  to_id: string;
}

async function linksOf(clickhouse: ClickHouse, workspace: string, all: readonly string[]): Promise<Link[]> {
  const found: Link[] = [];
  for (const ids of idBatches(all))
    found.push(...(await clickhouse.rows<Link>(linksOfIds, { workspace, ids })));
  return found;
}
