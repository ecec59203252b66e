import type { Access } from '../access/index.ts';
import type { Connections } from '../connections/index.ts';
import type { Delivery, FrequencyCap } from '../delivery/index.ts';
import { createLoop, type Engine, Problem, type Room } from '../engine/index.ts';
import type { Imports } from '../imports/index.ts';
import type { Log } from '../log/index.ts';
import type { Profiles } from '../profiles/index.ts';
import type { Programs } from '../programs/index.ts';
import type { Segments } from '../segments/index.ts';
import { advance } from './advance.ts';
import { parseDefinition } from './definition.ts';
import { dryRun } from './dry_run.ts';
import { campaignsDue, campaignsToClear, clear, exit } from './enrolments.ts';
import { enterByCall } from './entry/call.ts';
import { fire, note, noteFirings } from './entry/firings.ts';
import { readEntries } from './entry/segments.ts';
import { listen, namesOnce } from './listeners.ts';
import { createManagement } from './manage.ts';
import { checkDefinition } from './plan.ts';
import { reopenHours } from './reopen.ts';
import { readReport } from './report.ts';
import { campaignRoutes } from './routes.ts';
import { allRunning, readRunning } from './running.ts';
import type { Call, CallAnswer, Campaign, CampaignVersion, DryRun, Report } from './schema.ts';
import { countPeople, readCampaign, readCampaigns, readVersions, viewOf } from './store.ts';
import type { CampaignTables } from './tables.ts';
import { guardUses } from './uses.ts';
import { callWebhooks, webhookSecret } from './webhooks.ts';

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
  /** Every definition it ever had that ran, and the present one; the newest first. */
  versions(workspace: string, id: string): Promise<CampaignVersion[]>;
  remove(workspace: string, id: string): Promise<void>;
  startCampaign(workspace: string, id: string): Promise<Campaign>;
  pauseCampaign(workspace: string, id: string): Promise<Campaign>;
  resumeCampaign(workspace: string, id: string): Promise<Campaign>;
  stopCampaign(workspace: string, id: string): Promise<Campaign>;
  /** Lets people in. Throws Problem 409 for a campaign that does not run, or whose people enter otherwise. */
  enter(workspace: string, id: string, call: Call): Promise<CallAnswer>;
  /** Throws Problem 400 or 409 unless a campaign runs and its people enter by documents. */
  takesDocuments(workspace: string, id: string): Promise<void>;
  /** The people of a segment enter, once it is computed; the same arrival is the same occasion. */
  enterByDocument(
    workspace: string,
    id: string,
    document: { arrival: string; segment: string; parameters?: Record<string, unknown> | undefined },
  ): Promise<void>;
  /** Takes one person out. Throws Problem 404 for who is not in it. */
  removePerson(workspace: string, id: string, profile: string): Promise<void>;
  /** What a definition would do, were it started now. Throws Problem 400. */
  dryRun(workspace: string, definition: unknown): Promise<DryRun>;
  report(workspace: string, id: string): Promise<Report>;
  /** At most so many emails for a person, of all campaigns; null: as many as there are. */
  frequencyCap(workspace: string): Promise<FrequencyCap | null>;
  setFrequencyCap(workspace: string, cap: FrequencyCap | null): Promise<FrequencyCap | null>;
  /** What webhooks of this workspace are signed with. */
  webhookSecret(workspace: string): string;
  /** Lets in and steps all that is due now; for tests and commands. Sending is the delivery room's. */
  drain(): Promise<void>;
}

export interface CampaignRooms {
  log: Log;
  profiles: Profiles;
  segments: Segments;
  delivery: Delivery;
  access?: Pick<Access, 'workspaces'>;
  programs?: Pick<Programs, 'get'>;
  imports?: Pick<Imports, 'finishedSince'>;
  connections?: Pick<Connections, 'finishedSince'>;
}

export interface CampaignOptions {
  /** False: nothing moves but by `drain()`. */
  background?: boolean;
  /** Whether webhooks may go to addresses inside the network; RAPPORT_ALLOW_INTERNAL if not given. */
  allowInternal?: boolean;
}

/** What a room that is not there has finished. */
const nothingFinished = { finishedSince: async () => [] };

export function createCampaigns(
  engine: Engine,
  rooms: CampaignRooms,
  options: CampaignOptions = {},
): Campaigns {
  const { segments, delivery, profiles, log, access, programs } = rooms;
  const { imports = nothingFinished, connections = nothingFinished } = rooms;
  const db = engine.postgres.db.withTables<CampaignTables>();
  const allowInternal = options.allowInternal ?? process.env.RAPPORT_ALLOW_INTERNAL === '1';

  async function zoneOf(workspace: string, program: string | undefined): Promise<string> {
    const own = program && (await programs?.get(workspace, program).catch(() => undefined))?.timezone;
    return own || ((await access?.workspaces.get(workspace))?.timezone ?? 'UTC');
  }
  const checkProgram = async (workspace: string, program: string) => {
    await programs?.get(workspace, program);
  };
  const needs = { engine, db, delivery, segments, profiles, log, zoneOf, checkProgram, imports, connections };
  const manage = createManagement(needs);

  /** Who enters, by whatever, and what campaigns wait for. */
  async function enterAll(signal: AbortSignal): Promise<boolean> {
    let any = await readEntries(needs, signal);
    const namesReceived = namesOnce(needs);
    for (const running of await allRunning(db)) {
      if (signal.aborted) return false;
      await alone(running.id, 'people could not enter a campaign', async () => {
        if (await listen(needs, running, namesReceived, signal)) any = true;
        await noteFirings(needs, running);
        if (await fire(needs, running, signal)) any = true;
      });
    }
    return any;
  }

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
        const { moved, queued } = await advance(needs, campaign, now);
        if (queued > 0) delivery.poke();
        more ||= moved > 0;
      });
    }
    if ((await reopenHours(needs, now)) > 0) delivery.poke();
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
      if (await enterAll(signal)) stepping.poke();
      return false;
    },
  });
  const stepping = createLoop({ name: 'campaign steps', everyMs: 500, log: engine.log, run: stepAll });
  const calling = createLoop({
    name: 'campaign webhooks',
    everyMs: 1_000,
    log: engine.log,
    run: async () => (await callWebhooks({ engine, db, profiles, allowInternal })) > 0,
  });
  const loops = [entering, stepping, calling];

  segments.onChange(() => entering.poke());
  guardUses(db, { segments, delivery });
  delivery.onUnsubscribe(async (trx, { campaign, profile }) => {
    if (!campaign) return;
    await exit(trx, delivery, campaign, { profiles: [profile], by: 'unsubscribed', now: engine.clock.now() });
  });

  async function get(workspace: string, id: string): Promise<Campaign> {
    const row = await readCampaign(db, workspace, id);
    return viewOf(row, (await countPeople(db, [id])).get(id));
  }

  function poke() {
    for (const each of [...loops, delivery]) each.poke();
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
      for (const loop of loops) loop.start();
    },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
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
    async versions(workspace, id) {
      await readCampaign(db, workspace, id);
      return readVersions(db, workspace, id);
    },
    remove: (workspace, id) => manage.remove(workspace, id),
    startCampaign: thenShow(manage.start),
    pauseCampaign: thenShow(manage.pause),
    resumeCampaign: thenShow(manage.resume),
    stopCampaign: thenShow(manage.stop),

    async enter(workspace, id, call) {
      const { status, definition } = await readCampaign(db, workspace, id);
      const running = await readRunning(db, id);
      if (definition.entry.trigger.type !== 'call') {
        throw new Problem(409, 'entered_otherwise', 'People do not enter this campaign by calls.', {
          hint: 'Give it the entry {"trigger": {"type": "call"}}.',
        });
      }
      if (!running) throw new Problem(409, 'wrong_status', `Nobody can enter a ${status} campaign.`);
      const answer = await enterByCall(needs, running, call);
      stepping.poke();
      return answer;
    },
    async takesDocuments(workspace, id) {
      const field = 'data.campaign';
      const { status, definition } = await readCampaign(db, workspace, id).catch((error) => {
        if (!(error instanceof Problem)) throw error;
        throw new Problem(400, 'unknown_campaign', error.message, { field });
      });
      if (definition.entry.trigger.type !== 'document') {
        throw new Problem(409, 'entered_otherwise', 'People do not enter this campaign by documents.', {
          field,
          hint: 'Give it the entry {"trigger": {"type": "document"}}.',
        });
      }
      if (status === 'running') return;
      throw new Problem(409, 'wrong_status', `Nobody can enter a ${status} campaign.`, { field });
    },
    async enterByDocument(workspace, id, { arrival, segment, parameters }) {
      const at = engine.clock.now();
      await db
        .transaction()
        .execute((trx) => note(trx, { id, workspace }, arrival, at, { segments: [segment], parameters }));
      entering.poke();
    },
    removePerson: (workspace, id, profile) => manage.removePerson(workspace, id, profile),

    async dryRun(workspace, given) {
      const definition = parseDefinition(given);
      await checkDefinition(needs, workspace, definition);
      return dryRun(needs, workspace, definition, engine.clock.now());
    },

    async report(workspace, id) {
      const row = await readCampaign(db, workspace, id);
      return readReport(db, row, await delivery.countEmails(id), engine.clock.now());
    },

    frequencyCap: (workspace) => delivery.frequencyCap(workspace),
    async setFrequencyCap(workspace, cap) {
      await delivery.setFrequencyCap(workspace, cap);
      delivery.poke();
      return cap;
    },
    webhookSecret: (workspace) => webhookSecret(engine, workspace),

    async drain() {
      const { signal } = new AbortController();
      await enterAll(signal);
      while (await stepAll(signal));
      while ((await callWebhooks({ engine, db, profiles, allowInternal })) > 0);
    },
  };
  return campaigns;
}
