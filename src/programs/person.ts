import { type Engine, statement } from '../engine/index.ts';
import type { Profiles } from '../profiles/index.ts';
import type { Programs } from './index.ts';

const placesOfPerson = statement(import.meta.url, './sql/places_of_person.sql');

/** Groups that programs are, and not places one could be a customer at. */
const ours = /^(?:program|location):/;

/** The page of a person shows where they are a customer: locations, and what files call a store that is none of them. */
export function showLocationsOf(
  { clickhouse }: Pick<Engine, 'clickhouse'>,
  profiles: Profiles,
  programs: Pick<Programs, 'locationsAt'>,
): void {
  profiles.addPanel('locations', async (workspace, _id, ids) => {
    const rows = await clickhouse.rows<{ place: string; name: string; since: number }>(placesOfPerson, {
      workspace,
      ids,
    });
    if (rows.length === 0) return [];
    const known = await programs.locationsAt(
      workspace,
      rows.map(({ place }) => place),
    );
    const shown = new Map<string, { name: string; program?: string; since: string }>();
    for (const { place, name, since } of rows) {
      const location = known.get(place);
      if (!location && ours.test(place)) continue;
      const key = location?.id ?? place;
      if (shown.has(key)) continue;
      const where = location ? { name: location.name, program: location.program } : { name };
      shown.set(key, { ...where, since: new Date(since).toISOString() });
    }
    return [...shown.values()];
  });
}
