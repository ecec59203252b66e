import { type Delivery, isolating } from '../../delivery/index.ts';
import type { Engine } from '../../engine/index.ts';
import type { Segments } from '../../segments/index.ts';
import { enrol, type Newcomer, type Occasion } from '../enrolments.ts';
import { batchSize, type Db, holdRunning, type Running, readRunning, type Trx } from '../running.ts';
import { type ZoneNeeds, type Zones, zonesOf } from '../zones.ts';

export interface EntryNeeds extends ZoneNeeds {
  engine: Engine;
  db: Db;
  segments: Pick<
    Segments,
    | 'finishedVersion'
    | 'membersOf'
    | 'changesSince'
    | 'whichAreMembers'
    | 'occurrences'
    | 'namesReceived'
    | 'seenUntil'
  >;
  delivery: Pick<Delivery, 'cancelQueued'>;
}

/** Of which campaign, and for the log: by what. */
interface Entered {
  campaign: string;
  segment?: string;
}

/**
 * Lets people in, a batch a transaction.
 * @returns who entered; undefined when the campaign is not running any more
 */
export async function letIn(
  needs: EntryNeeds,
  entered: Entered,
  people: readonly (string | Newcomer)[],
  occasion: Occasion,
): Promise<string[] | undefined> {
  const before = await readRunning(needs.db, entered.campaign);
  if (!before) return undefined;
  const profiles = people.map((one) => (typeof one === 'string' ? one : one.profile));
  // Before the transactions: within one, asking the views would keep others waiting for the campaign.
  const zones: Zones = await zonesOf(needs, before, profiles);
  const all: string[] = [];
  const running = await move(needs, entered, people, async (trx, running, part) => {
    all.push(...(await enrol(trx, running, part, occasion, zones)));
  });
  return running ? all : undefined;
}

/**
 * Moves people in transactions of `batchSize` with the campaign held. Somebody whom the database refuses, for an id
 * it cannot hold, is left out and keeps nobody else from moving.
 * @returns false when the campaign is not running any more
 */
export async function move<Person extends string | Newcomer>(
  { engine, db }: Pick<EntryNeeds, 'engine' | 'db'>,
  { campaign, segment }: Entered,
  people: readonly Person[],
  run: (trx: Trx, running: Running, part: readonly Person[]) => Promise<void>,
): Promise<boolean> {
  const refused: { profile: string; reason: string }[] = [];
  let goesOn = true;
  for (let i = 0; goesOn && i < people.length; i += batchSize) {
    await isolating(
      people.slice(i, i + batchSize),
      (part) =>
        db.transaction().execute(async (trx) => {
          const running = await holdRunning(trx, campaign);
          if (running) await run(trx, running, part);
          goesOn &&= running !== undefined;
        }),
      (person, { message }) =>
        void refused.push({ profile: typeof person === 'string' ? person : person.profile, reason: message }),
    );
  }
  if (refused.length > 0) {
    const [first] = refused;
    engine.log.warn(
      { campaign, segment, people: refused.length, first },
      'people whose ids cannot be kept were left out of a campaign',
    );
  }
  return goesOn;
}
