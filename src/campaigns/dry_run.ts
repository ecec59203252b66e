import type { Kysely } from 'kysely';
import type { Delivery } from '../delivery/index.ts';
import type { Segments } from '../segments/index.ts';
import { openFrom } from './doing/email.ts';
import { flowOf, type PlannedStep } from './flow.ts';
import { dueAt } from './places.ts';
import type { Definition, DryRun } from './schema.ts';
import { everyStep } from './steps.ts';
import type { CampaignTables } from './tables.ts';
import { type ZoneNeeds, zoneOfCampaign } from './zones.ts';

interface DryRunNeeds extends Pick<ZoneNeeds, 'zoneOf'> {
  db: Kysely<CampaignTables>;
  delivery: Pick<Delivery, 'forecast'>;
  segments: Pick<Segments, 'count'>;
}

/** What is reckoned of a step: when the first gets there, and what part of those who enter at most. */
interface Reckoned {
  at: Date;
  people: number | null;
}

/**
 * What a campaign would do were it started now, without doing it: how many would enter, and when its emails would go, at the
 * limits of their accounts.
 */
export async function dryRun(
  needs: DryRunNeeds,
  workspace: string,
  definition: Definition,
  now: Date,
): Promise<DryRun> {
  const zone = await zoneOfCampaign(needs, { workspace, definition });
  const people = await entering(needs, workspace, definition);
  const plan = flowOf(definition.steps);
  const reckoned = reckon(plan, definition, { now, zone, people });
  const names = new Map([...everyStep(definition.steps)].map(({ step }) => [step.id, step.name ?? null]));
  const emails: DryRun['emails'] = [];
  // What an account still has to send when a step begins holds that step up.
  const busyUntil = new Map<string, Date>();
  const steps = plan
    .flatMap((step) => (step.type === 'email' ? { step, ...reckoned.get(step.id)! } : []))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  for (const { step, at, people } of steps) {
    const begin = new Date(Math.max(at.getTime(), busyUntil.get(step.account ?? '')?.getTime() ?? 0));
    const { account, until } = await needs.delivery.forecast(workspace, step.account, {
      from: begin,
      emails: people ?? 0,
    });
    if (people !== null) busyUntil.set(step.account ?? '', until);
    emails.push({
      ...{ step: step.id, name: names.get(step.id) ?? null, account, people },
      first_at: at.toISOString(),
      last_at: people === null ? null : until.toISOString(),
    });
  }
  return { as_of: now.toISOString(), people, emails, notes: notesOn(definition, plan) };
}

/** Who would enter now; null where they come one by one. */
async function entering(
  { segments }: DryRunNeeds,
  workspace: string,
  { entry }: Definition,
): Promise<number | null> {
  if (['event', 'call', 'document'].includes(entry.trigger.type)) return null;
  const { count } = await segments.count(workspace, { any: entry.segments.map((segment) => ({ segment })) });
  return count;
}

/** Goes through the flow once, with everybody: each step as early as anybody gets there, with as many as might. */
function reckon(
  plan: readonly PlannedStep[],
  definition: Definition,
  { now, zone, people }: { now: Date; zone: string; people: number | null },
): Map<string, Reckoned> {
  const found = new Map<string, Reckoned>();
  const first = plan[0];
  const arrive = (id: string | null, at: Date, people: number | null) => {
    if (id === null) return;
    const known = found.get(id);
    // Ways that join again bring the same people: as many as the fuller one, at most all.
    if (known) {
      const most = known.people === null || people === null ? null : Math.max(known.people, people);
      found.set(id, { at: known.at < at ? known.at : at, people: most });
    } else found.set(id, { at, people });
  };
  if (first) arrive(first.id, now, people);
  // Steps lie in the order in which people get to them.
  for (const step of plan) {
    const here = found.get(step.id);
    if (!here) continue;
    const { people } = here;
    let { at } = here;
    if (step.type === 'email' && (definition.quiet_hours || definition.send_windows)) {
      const open = openFrom(definition, at, zone);
      if (open.from > at) at = open.from;
      found.set(step.id, { at, people });
    }
    if (step.type === 'branch') {
      for (const { to } of step.branches) arrive(to, at, people);
      arrive(step.otherwise, at, people);
    } else if (step.type === 'split') {
      const all = step.ways.reduce((sum, { weight }) => sum + weight, 0);
      for (const { to, weight } of step.ways) {
        arrive(
          to,
          at,
          people === null ? null : to === step.next ? people : Math.round((people * weight) / all),
        );
      }
      if (step.next !== null) arrive(step.next, at, people);
    } else if (step.type === 'wait_for') {
      arrive(step.happened, at, people);
      arrive(step.missed, dueAt(step, at, zone), people);
    } else if (step.type !== 'exit') arrive(step.next, dueAt(step, at, zone), people);
  }
  return found;
}

function notesOn(definition: Definition, plan: readonly PlannedStep[]): string[] {
  const notes: string[] = [];
  if (plan.some(({ type }) => type === 'branch' || type === 'wait_for')) {
    notes.push('At a branch every way is reckoned with everybody who could take it.');
  }
  if (definition.timezone_attribute) notes.push("People's own time zones are left out.");
  if (
    definition.exit.rule ||
    definition.exit.event ||
    definition.goal?.exit ||
    definition.exit.on_segment_left
  ) {
    notes.push('Nobody is reckoned to leave early.');
  }
  notes.push('What other campaigns send through the same accounts, caps and suppressions are left out.');
  return notes;
}
