import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type Delivery, partInUse, partsNamed, type Template } from '../delivery/index.ts';
import { createLoop, type Engine, Problem, type Room } from '../engine/index.ts';
import type { Segments } from '../segments/index.ts';
import { advance, campaignsDue, campaignsToClear, clear, exit } from './enrolments.ts';
import { readEntries } from './entry.ts';
import { createManagement } from './manage.ts';
import { campaignRoutes } from './routes.ts';
import type { Campaign, Report } from './schema.ts';
import { countPeople, readCampaign, readCampaigns, readReport, viewOf } from './store.ts';
import type { CampaignTables } from './tables.ts';

export { eraseFromCampaigns } from './erase.ts';
export { takeLoyaltyCampaigns } from './loyalty.ts';
export { showCampaignsOf } from './person.ts';
export type { Campaign, Definition, Report } from './schema.ts';

/** Drips: who enters, which steps they take, and how far everybody is. */
export interface Campaigns extends Room {
  list(workspace: string): Promise<Campaign[]>;
  /** Throws Problem 404, as all that take an id. */
  get(workspace: string, id: string): Promise<Campaign>;
  /** Makes a draft. Throws Problem 400 whose field names the step. */
  create(workspace: string, given: { name: string; definition: unknown }): Promise<Campaign>;
  edit(
    workspace: string,
    id: string,
    given: { name?: string | undefined; definition?: unknown },
  ): Promise<Campaign>;
  remove(workspace: string, id: string): Promise<void>;
  startCampaign(workspace: string, id: string): Promise<Campaign>;
  pauseCampaign(workspace: string, id: string): Promise<Campaign>;
  resumeCampaign(workspace: string, id: string): Promise<Campaign>;
  stopCampaign(workspace: string, id: string): Promise<Campaign>;
  report(workspace: string, id: string): Promise<Report>;
  /** Lets in and steps all that is due now; for tests and commands. Sending is the delivery room's. */
  drain(): Promise<void>;
}

export interface CampaignRooms {
  segments: Segments;
  delivery: Delivery;
}

export interface CampaignOptions {
  /** False: nothing moves but by `drain()`. */
  background?: boolean;
}

export function createCampaigns(
  engine: Engine,
  rooms: CampaignRooms,
  options: CampaignOptions = {},
): Campaigns {
  const { segments, delivery } = rooms;
  const db = engine.postgres.db.withTables<CampaignTables>();
  const manage = createManagement({ engine, db, delivery, segments });

  /** One batch of each campaign that has something due, so that none waits for another to finish. */
  async function stepAll(signal: AbortSignal): Promise<boolean> {
    const now = engine.clock.now();
    let more = false;
    for (const campaign of await campaignsToClear(db)) {
      if (signal.aborted) return false;
      await alone(campaign, 'a stopped campaign could not be cleared', () =>
        clear(db, delivery, campaign, now),
      );
    }
    for (const campaign of await campaignsDue(db, now)) {
      if (signal.aborted) return false;
      await alone(campaign, 'a campaign could not go on', async () => {
        const { moved, queued } = await advance(db, delivery, campaign, now);
        if (queued > 0) delivery.poke();
        more ||= moved > 0;
      });
    }
    return more;
  }

  /** One campaign's trouble is not the others'. */
  async function alone(campaign: string, trouble: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      engine.log.error({ err: error, campaign }, `${trouble}; tried again later`);
    }
  }

  const entering = createLoop({
    name: 'campaign entry',
    everyMs: 5_000,
    log: engine.log,
    run: async (signal) => {
      if (await readEntries({ engine, db, segments, delivery }, signal)) stepping.poke();
      return false;
    },
  });
  const stepping = createLoop({ name: 'campaign steps', everyMs: 500, log: engine.log, run: stepAll });

  segments.onChange(() => entering.poke());
  segments.addDeleteGuard((workspace, segment) => usersOf(db, workspace, sql`'{entry,segments}'`, segment));
  delivery.addAccountGuard(async (workspace, account) => {
    const users = await usersOf(db, workspace, sql`'{steps}'`, account);
    if (users.length === 0) return;
    throw new Problem(409, 'account_in_use', `The account is used by ${users.join(', ')}.`, {
      hint: 'Give those steps another account first.',
    });
  });
  delivery.addPartGuard(async (workspace, part) => {
    const users = await takersOf(db, workspace, part);
    if (users.length > 0) throw partInUse(users);
  });
  delivery.onUnsubscribe(async (trx, { campaign, profile }) => {
    if (campaign) await exit(trx, delivery, campaign, [profile], engine.clock.now());
  });

  async function get(workspace: string, id: string): Promise<Campaign> {
    const row = await readCampaign(db, workspace, id);
    return viewOf(row, (await countPeople(db, [id])).get(id));
  }

  function poke() {
    for (const each of [entering, stepping, delivery]) each.poke();
  }

  /** Does something to a campaign, and shows what it is then. */
  const thenShow = (change: (workspace: string, id: string) => Promise<unknown>) =>
    async function changed(workspace: string, id: string): Promise<Campaign> {
      await change(workspace, id);
      poke();
      return get(workspace, id);
    };

  const campaigns: Campaigns = {
    name: 'campaigns',
    folder: new URL('.', import.meta.url),
    routes: (app) => campaignRoutes(app, campaigns),

    async start() {
      if (options.background === false) return;
      entering.start();
      stepping.start();
    },
    async stop() {
      await Promise.all([entering.stop(), stepping.stop()]);
    },

    async list(workspace) {
      const rows = await readCampaigns(db, workspace);
      const counts = await countPeople(
        db,
        rows.map(({ id }) => id),
      );
      return rows.map((row) => viewOf(row, counts.get(row.id)));
    },
    get,
    create: async (workspace, given) => get(workspace, await manage.create(workspace, given)),
    async edit(workspace, id, given) {
      await manage.edit(workspace, id, given);
      poke();
      return get(workspace, id);
    },
    remove: (workspace, id) => manage.remove(workspace, id),
    startCampaign: thenShow(manage.start),
    pauseCampaign: thenShow(manage.pause),
    resumeCampaign: thenShow(manage.resume),
    stopCampaign: thenShow(manage.stop),

    async report(workspace, id) {
      const row = await readCampaign(db, workspace, id);
      return readReport(db, row, await delivery.countEmails(id), engine.clock.now());
    },

    async drain() {
      const { signal } = new AbortController();
      while (await readEntries({ engine, db, segments, delivery }, signal));
      while (await stepAll(signal));
    },
  };
  return campaigns;
}

/** Campaigns, not stopped, that name a segment or an account at this place of their newest definition. */
async function usersOf(
  db: Kysely<CampaignTables>,
  workspace: string,
  place: RawBuilder<unknown>,
  id: string,
): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT c.name FROM campaigns AS c JOIN campaign_versions AS v ON v.campaign = c.id AND v.version = c.version
    WHERE c.workspace = ${workspace} AND c.status <> 'stopped'
      AND (v.definition #> ${place} @> to_jsonb(${id}::text)
           OR v.definition #> ${place} @> jsonb_build_array(jsonb_build_object('account', ${id}::text)))
    ORDER BY c.name`.execute(db);
  return rows.map(({ name }) => `the campaign ${JSON.stringify(name)}`);
}

/** The campaigns not stopped whose emails take a template part. */
async function takersOf(db: Kysely<CampaignTables>, workspace: string, part: string): Promise<string[]> {
  const { rows } = await sql<{ name: string; steps: PlannedEmail[] }>`
    SELECT c.name, v.definition -> 'steps' AS steps
    FROM campaigns AS c JOIN campaign_versions AS v ON v.campaign = c.id AND v.version = c.version
    WHERE c.workspace = ${workspace} AND c.status <> 'stopped' AND strpos(v.definition::text, ${part}) > 0
    ORDER BY c.name`.execute(db);
  return rows
    .filter(({ steps }) =>
      steps.some(({ subject = '', html = '', text = '' }) =>
        [subject, html, text].some((source) => partsNamed(source).includes(part)),
      ),
    )
    .map(({ name }) => `the campaign ${JSON.stringify(name)}`);
}

/** Of a step what templates are made of; a wait has nothing of it. */
type PlannedEmail = Partial<Template>;
