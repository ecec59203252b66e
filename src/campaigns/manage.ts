import { isDeepStrictEqual } from 'node:util';
import type { Kysely, Transaction } from 'kysely';
import type { Delivery } from '../delivery/index.ts';
import { type Engine, Problem } from '../engine/index.ts';
import type { Segments } from '../segments/index.ts';
import { applyMoves, planMoves } from './edit.ts';
import { clear, exit } from './enrolments.ts';
import { nextFiring } from './entry/firings.ts';
import { checkDefinition, type PlanNeeds, planOf } from './plan.ts';
import { type CampaignStatus, type Definition, type PlannedStep, parseDefinition } from './schema.ts';
import { type CampaignRow, readCampaign, setEntries, setListeners } from './store.ts';
import type { CampaignTables } from './tables.ts';
import { type ZoneNeeds, zoneOfCampaign } from './zones.ts';

type Trx = Transaction<CampaignTables>;

export interface ManageNeeds extends PlanNeeds, Pick<ZoneNeeds, 'zoneOf'> {
  engine: Engine;
  db: Kysely<CampaignTables>;
  delivery: Delivery;
  segments: Segments;
}

/** Making, editing, starting and stopping campaigns. Each change holds the campaign's row, and so waits for the batch under way. */
export function createManagement(needs: ManageNeeds) {
  const { engine, db, delivery } = needs;
  const now = () => engine.clock.now();

  /** Runs with the campaign held, if it is in one of these states. */
  const held = <T>(
    workspace: string,
    id: string,
    allowed: CampaignStatus[],
    verb: string,
    run: (trx: Trx, campaign: CampaignRow) => Promise<T>,
  ): Promise<T> =>
    db.transaction().execute(async (trx) => {
      const campaign = await readCampaign(trx, workspace, id, true);
      if (!allowed.includes(campaign.status)) {
        throw new Problem(409, 'wrong_status', `A ${campaign.status} campaign cannot be ${verb}.`, {
          hint: `It would have to be ${allowed.join(' or ')}.`,
        });
      }
      return run(trx, campaign);
    });

  const setStatus = (
    trx: Trx,
    id: string,
    status: CampaignStatus,
    more: { started_at?: Date; fires_at?: Date | null } = {},
  ) =>
    trx
      .updateTable('campaigns')
      .set({ status, ...more })
      .where('id', '=', id)
      .execute();

  /** What the campaign waits for from now on, by its newest definition. */
  async function attend(
    trx: Trx,
    workspace: string,
    id: string,
    definition: Definition,
    plan: PlannedStep[],
  ) {
    await setEntries(trx, needs, { workspace, id, definition });
    await setListeners(trx, { workspace, id, definition, plan }, now());
  }

  const firing = (workspace: string, definition: Definition) =>
    nextFiring(needs, { workspace, definition }, now());

  async function editRunning(trx: Trx, workspace: string, campaign: CampaignRow, definition: Definition) {
    const { id } = campaign;
    const plan = await planOf(needs, trx, workspace, definition);
    const version = campaign.version + 1;
    await trx
      .insertInto('campaign_versions')
      .values({ ...stored(definition, plan), campaign: id, version, workspace, created_at: now() })
      .execute();
    const fires_at = campaign.status === 'running' ? await firing(workspace, definition) : null;
    await trx.updateTable('campaigns').set({ version, fires_at }).where('id', '=', id).execute();
    const before = { steps: campaign.definition.steps, plan: campaign.plan ?? [] };
    const zone = await zoneOfCampaign(needs, { workspace, definition });
    await applyMoves(trx, id, planMoves(before, plan), { plan, zone, now: now() });
    if (!isDeepStrictEqual(hoursOf(definition), hoursOf(campaign.definition))) {
      await delivery.askForHours(trx, id, now());
    }
    await attend(trx, workspace, id, definition, plan);
  }

  return {
    /** A draft. Throws Problem 400 naming the place in the definition. */
    async create(workspace: string, given: { name: string; definition: unknown }): Promise<string> {
      const definition = parseDefinition(given.definition);
      return db.transaction().execute(async (trx) => {
        const { id } = await trx
          .insertInto('campaigns')
          .values({ workspace, name: given.name, created_at: now(), started_at: null, stopped_at: null })
          .returning('id')
          .executeTakeFirstOrThrow();
        await trx
          .insertInto('campaign_versions')
          .values({ ...stored(definition, null), campaign: id, version: 1, workspace, created_at: now() })
          .execute();
        return id;
      });
    },

    /**
     * Changes name or definition. A draft is overwritten; a running or paused campaign gets a new version, and
     * its people move as `planMoves` says. Throws Problem 400 and 409.
     */
    async edit(workspace: string, id: string, given: { name?: string | undefined; definition?: unknown }) {
      const definition = given.definition === undefined ? undefined : parseDefinition(given.definition);
      const before = await readCampaign(db, workspace, id);
      if (definition && before.status !== 'draft') await checkDefinition(needs, workspace, definition);
      const allowed: CampaignStatus[] = definition
        ? ['draft', 'running', 'paused']
        : ['draft', 'running', 'paused', 'stopped'];
      await held(workspace, id, allowed, 'edited', async (trx, campaign) => {
        if (given.name)
          await trx.updateTable('campaigns').set({ name: given.name }).where('id', '=', id).execute();
        if (!definition) return;
        if (campaign.status === 'draft') {
          await trx
            .updateTable('campaign_versions')
            .set(stored(definition, null))
            .where('campaign', '=', id)
            .execute();
        } else await editRunning(trx, workspace, campaign, definition);
      });
    },

    /** A draft begins: everybody in its segments enters, and from then on whoever enters them. */
    async start(workspace: string, id: string) {
      const draft = await readCampaign(db, workspace, id);
      if (draft.status === 'draft') await checkDefinition(needs, workspace, draft.definition);
      await held(workspace, id, ['draft'], 'started', async (trx, campaign) => {
        // It may have been edited between the check and here: an edit of a draft checks less.
        if (JSON.stringify(campaign.definition) !== JSON.stringify(draft.definition)) {
          throw new Problem(409, 'just_edited', 'The campaign was edited at this moment; start it again.');
        }
        const plan = await planOf(needs, trx, workspace, campaign.definition);
        await trx
          .updateTable('campaign_versions')
          .set(stored(campaign.definition, plan))
          .where('campaign', '=', id)
          .where('version', '=', campaign.version)
          .execute();
        await attend(trx, workspace, id, campaign.definition, plan);
        const fires_at = await firing(workspace, campaign.definition);
        await setStatus(trx, id, 'running', { started_at: now(), fires_at });
      });
    },

    /** Nobody enters, no step is done, and queued emails wait; what is being sent goes out. */
    pause: (workspace: string, id: string) =>
      held(workspace, id, ['running'], 'paused', async (trx) => {
        await setStatus(trx, id, 'paused', { fires_at: null });
        await delivery.holdCampaign(trx, id, true);
      }),

    /** Goes on. Waits that ran out during the pause are over at once; times of its schedule in the pause are passed by. */
    resume: (workspace: string, id: string) =>
      held(workspace, id, ['paused'], 'resumed', async (trx, { definition }) => {
        await setStatus(trx, id, 'running', { fires_at: await firing(workspace, definition) });
        await delivery.holdCampaign(trx, id, false);
      }),

    /** Ends it for good: everybody still in it leaves, and queued emails are cancelled. */
    async stop(workspace: string, id: string) {
      await held(workspace, id, ['running', 'paused'], 'stopped', async (trx) => {
        await setStatus(trx, id, 'stopped', { fires_at: null });
        await delivery.holdCampaign(trx, id, true);
      });
      await clear(db, delivery, id, now());
    },

    /** Takes one person out, and cancels what is queued for them. Throws Problem 404 for who is not in it. */
    async removePerson(workspace: string, id: string, profile: string) {
      await held(workspace, id, ['running', 'paused'], 'left', async (trx) => {
        const by = { profiles: [profile], by: 'removed' as const, now: now() };
        if ((await exit(trx, delivery, id, by)) > 0) return;
        throw new Problem(404, 'not_in_campaign', `${JSON.stringify(profile)} is not in the campaign now.`);
      });
    },

    /** The ledger of what it sent stays. */
    async remove(workspace: string, id: string) {
      const before = await readCampaign(db, workspace, id);
      // Half cleared, its queued emails are held, and once it is gone nothing would ever release them.
      if (stillClearing(before)) await clear(db, delivery, id, now());
      await held(workspace, id, ['draft', 'stopped'], 'deleted', async (trx, campaign) => {
        if (stillClearing(campaign)) {
          throw new Problem(409, 'still_stopping', 'The campaign is being stopped at this moment.', {
            hint: 'Delete it in a few seconds.',
          });
        }
        await trx.deleteFrom('enrolments').where('campaign', '=', id).execute();
        await trx.deleteFrom('campaigns').where('id', '=', id).execute();
      });
    },
  };
}

const hoursOf = ({ quiet_hours, send_windows, timezone, program }: Definition) => ({
  quiet_hours,
  send_windows,
  timezone,
  program,
});

const stillClearing = ({ status, stopped_at }: CampaignRow) => status === 'stopped' && !stopped_at;

/** pg would take a JavaScript array for a PostgreSQL one. */
const stored = (definition: Definition, plan: unknown) => ({
  definition: JSON.stringify(definition) as never,
  plan: plan === null ? null : (JSON.stringify(plan) as never),
});
