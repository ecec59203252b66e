import type { Profiles } from '../profiles/index.ts';
import { isZone } from './hours.ts';
import type { Running } from './running.ts';

/** Time zones of workspaces and programs, as other rooms know them. */
export interface ZoneNeeds {
  profiles: Pick<Profiles, 'attributesOf'>;
  /** Of the program when it has one of its own, else of the workspace. */
  zoneOf(workspace: string, program: string | undefined): Promise<string>;
}

/** What clocks show each of some people. */
export type Zones = (profile: string) => string;

/** Whether a campaign looks at the clocks of its people at all. */
const looksAtClocks = ({ definition: { quiet_hours, send_windows }, plan }: Running) =>
  quiet_hours !== undefined ||
  send_windows !== undefined ||
  plan.some((step) => step.type === 'wait_until' && step.timezone === undefined);

/** The zone of a campaign, without anybody's own. */
export const zoneOfCampaign = async (
  { zoneOf }: Pick<ZoneNeeds, 'zoneOf'>,
  { workspace, definition: { timezone, program } }: Pick<Running, 'workspace' | 'definition'>,
): Promise<string> => timezone ?? (await zoneOf(workspace, program));

/** The zones of people: their own where they have one that exists, else the campaign's. */
export async function zonesOf(
  needs: ZoneNeeds,
  running: Running,
  profiles: readonly string[],
): Promise<Zones> {
  if (!looksAtClocks(running)) return () => 'UTC';
  const usual = await zoneOfCampaign(needs, running);
  const attribute = running.definition.timezone_attribute;
  if (attribute === undefined || profiles.length === 0) return () => usual;
  const people = await needs.profiles.attributesOf(running.workspace, [...new Set(profiles)], [attribute]);
  const known = new Map<unknown, string>();
  return (profile) => {
    const own = people.get(profile)?.[attribute];
    let zone = known.get(own);
    if (zone === undefined) {
      zone = typeof own === 'string' && isZone(own) ? own : usual;
      known.set(own, zone);
    }
    return zone;
  };
}
