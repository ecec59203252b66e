import { type Open, openAt } from '../hours.ts';
import type { Doing, Move, Planned } from './doing.ts';

/** Emails are not claimed in the last minute: they may be under way for some seconds. */
const marginMs = 60_000;

/**
 * Queues the emails of those for whom it is within the hours of the campaign; the others wait for the hours. The ledger
 * knows when they end: what is still queued then waits for the next ones (`reopen.ts`).
 */
export const email: Doing<Planned<'email'>> = async (doable) => {
  const { needs, trx, running, step, people, zones, senders, now, queued } = doable;
  const { id, workspace, name, definition } = running;
  const sender = senders.get(step.account);
  if (!sender || !step.template) throw new Error(`no sender or template for the step ${step.id}`);
  const hours = hoursByZone(definition, now);
  const moves: Move[] = [];
  const addressees = [];
  for (const person of people) {
    const { profile, round, parameters } = person;
    const zone = zones(profile);
    const open = hours(zone);
    if (open && open.from > now) {
      moves.push({ person, stay: open.from });
      continue;
    }
    moves.push({ person, to: step.next });
    addressees.push({
      ...{ profile, round },
      ...(parameters && { parameters }),
      ...(open && { zone, closesAt: closing(open) }),
    });
  }
  // Ids of the ledger grow in the order of profiles.
  addressees.sort((a, b) => (a.profile < b.profile ? -1 : 1));
  const letter = {
    ...{
      workspace,
      campaign: id,
      campaignName: name,
      step: step.id,
      sender,
      template: step.template,
      at: now,
    },
    program: definition.program,
    capped: !definition.ignore_frequency_cap,
    mergeWithinMinutes: definition.merge_within_minutes,
  };
  queued(await needs.delivery.queueEmails(trx, letter, addressees));
  return moves;
};

export const closing = ({ to }: Open) => new Date(to.getTime() - marginMs);

/** The hours that are open now, or next, for each zone; undefined where a campaign has none. */
export function hoursByZone(
  definition: Parameters<typeof openAt>[1],
  now: Date,
): (zone: string) => Open | undefined {
  if (!definition.quiet_hours && !definition.send_windows) return () => undefined;
  const known = new Map<string, Open>();
  return (zone) => {
    const open = known.get(zone) ?? openFrom(definition, now, zone);
    known.set(zone, open);
    return open;
  };
}

/** As `openAt`, without a stretch that is about to end. */
export function openFrom(definition: Parameters<typeof openAt>[1], now: Date, zone: string): Open {
  const open = openAt(now, definition, zone);
  const usable = open && closing(open) <= now ? openAt(open.to, definition, zone) : open;
  // The definition was checked for having hours at all; a change to summer time takes no 15 minutes of each week.
  if (!usable) throw new Error('the campaign has no hours in which emails may go out');
  return usable;
}
