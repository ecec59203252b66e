import { randomUUID } from 'node:crypto';
import type { Access } from '../access/index.ts';
import { createLoop, type DeleteGuard, type Engine, type Loop, Problem, type Room } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import type { Profiles } from '../profiles/index.ts';
import { type AccountStanding, createAccounts, type StoredAccount } from './accounts.ts';
import { type FrequencyCap, forgetCapped, readCap, writeCap } from './caps.ts';
import { unsubscribeHeaders } from './compose.ts';
import { createConfirmations } from './confirmations.ts';
import { tellConsents } from './consent_events.ts';
import { createConsents } from './consent_list.ts';
import { createEmails } from './emails.ts';
import { forecast } from './forecast.ts';
import { createHookStanding, createHooks, type FetchText } from './hooks/index.ts';
import { askForHours, type Closed, closedHours, moveHours } from './hours.ts';
import { createLanes } from './lanes.ts';
import { type AnyTransaction, cancelQueued, countEmails, holdCampaign, queueEmails } from './ledger.ts';
import { escapeHtml } from './liquid.ts';
import { createParts } from './parts.ts';
import { showConsentsOf } from './person.ts';
import { createPreview } from './preview.ts';
import { createPrograms, type KnownProgram } from './programs.ts';
import { DeliveryError, type RenderedEmail } from './providers/index.ts';
import type { SmtpTimeouts } from './providers/smtp.ts';
import { createResending } from './resend.ts';
import { tellResults } from './results.ts';
import { deliveryRoutes } from './routes.ts';
import {
  type Addressee,
  type EmailCounts,
  type Letter,
  parseSender,
  type Sender,
  type Template,
  type TemplateProblem,
} from './schema.ts';
import { createSender } from './sender.ts';
import { createSettler } from './settler.ts';
import { createStore } from './store.ts';
import { blockedAmong, createSuppressions, suppressionOf, suppressionsAsOf } from './suppressions.ts';
import type { DeliveryTables } from './tables.ts';
import { createTestSend } from './test_send.ts';
import { forgetMinutes } from './throttle.ts';
import { createTracking } from './tracking.ts';
import { createTrackedLinks } from './tracking_links.ts';
import { createUnsubscribing, previewEmail, type UnsubscribeListener } from './unsubscribe.ts';
import { badTemplate, resolve } from './versions.ts';
import { createWorkers } from './workers.ts';

export type { AccountStanding } from './accounts.ts';
export type { FrequencyCap } from './caps.ts';
export { eraseFromDelivery } from './erase.ts';
export { isolating } from './isolate.ts';
export { noEmails } from './ledger.ts';
export { partsNamed } from './parts.ts';
export { exportEmailsOf } from './person.ts';
export {
  type Addressee,
  type EmailCounts,
  emailCounts,
  type Letter,
  type Sender,
  type Template,
  type TemplateProblem,
} from './schema.ts';
export { text } from './storable.ts';

/** The ledger of emails, and everything that sends them. */
export interface Delivery extends Room {
  /**
   * Queues a step's emails for these people (ids in ascending order, some thousands), each once, within the
   * caller's transaction. Call `poke()` after the commit.
   * @returns how many are new
   */
  queueEmails(trx: AnyTransaction, letter: Letter, people: readonly (string | Addressee)[]): Promise<number>;
  /** Queued emails whose hours are over, of every workspace: `moveHours` says when they may go out. */
  closedHours(now: Date): Promise<Closed[]>;
  moveHours: typeof moveHours;
  /** Has the hours of a campaign's queued emails be asked for anew: they were changed. */
  askForHours: typeof askForHours;
  /** When an account (the default one if not named) would be through with so many emails. Throws Problem 404. */
  forecast(
    workspace: string,
    account: string | undefined,
    asked: { from: Date; emails: number },
  ): Promise<{ account: string; until: Date }>;
  /** How many emails a person may get within how many hours, of all campaigns; null: as many as there are. */
  frequencyCap(workspace: string): Promise<FrequencyCap | null>;
  setFrequencyCap(workspace: string, cap: FrequencyCap | null): Promise<void>;
  /** Cancels queued emails not yet claimed: of these people, or of everybody. */
  cancelQueued(trx: AnyTransaction, campaign: string, profiles?: string[]): Promise<void>;
  /** Holds back or releases a campaign's queued emails; those being sent go out. */
  holdCampaign(trx: AnyTransaction, campaign: string, held: boolean): Promise<void>;
  /**
   * Keeps a template with the parts it takes, as they are now; the id goes into a Letter.
   * Throws Problem 400 for what `checkTemplate` refuses.
   */
  saveTemplate(trx: AnyTransaction, workspace: string, template: Template): Promise<string>;
  /** What is wrong with a template; empty when it can be sent. */
  checkTemplate(workspace: string, template: Template): Promise<TemplateProblem[]>;
  /** The account with this id, or the workspace's default one. Throws Problem 404. */
  sender(workspace: string, account?: string): Promise<Sender>;
  /** A campaign's emails by step. */
  countEmails(campaign: string): Promise<Map<string, EmailCounts>>;
  /** A workspace's emails so far. */
  totals(workspace: string): Promise<{ sent: number; failed: number; unsubscribed: number }>;
  /**
   * Sends a message of the program itself to one of its people, at once, from the default account, beside the ledger and
   * its limits. The same id is the same email. @returns what the provider said. Throws Problem 502.
   */
  sendNotice(workspace: string, notice: Notice): Promise<string>;
  /** How the accounts that send to people stand, of every workspace. */
  accountsStanding(): Promise<AccountStanding[]>;
  /** False when this process could not say for a while that it lives; it then sends nothing. */
  beating(): boolean;
  /** Which of these addresses must not be written to, in lower case: unsubscribed, bounced, complained, or by hand. */
  suppressedAmong(workspace: string, addresses: string[]): Promise<Set<string>>;
  /** Is another text whenever other addresses may be suppressed. */
  suppressionsAsOf(workspace: string): Promise<string>;
  /** Told of unsubscribing people, within that transaction, perhaps more than once. */
  onUnsubscribe(listener: UnsubscribeListener): void;
  /** Adds a reason why an account may not be removed. */
  addAccountGuard(guard: DeleteGuard): void;
  /** Adds a reason why a template part, which is known by its name, may not be removed. */
  addPartGuard(guard: DeleteGuard): void;
  /** Tells which programs a workspace has, what they are called and who their emails come from. */
  knowPrograms(ask: (workspace: string) => Promise<readonly KnownProgram[]>): void;
  /** There may be something to send. */
  poke(): void;
  /** Sends all that is due now and may be sent by the limits, notes what was opened and clicked, and tells the log; for tests and commands. */
  drain(): Promise<void>;
}

/** A message in plain words. */
export interface Notice {
  id: string;
  to: string;
  subject: string;
  text: string;
}

/** Minutes that limits look at no more. */
const forgetEveryMs = 3_600_000;

export interface DeliveryRooms {
  log: Pick<Log, 'append'>;
  profiles: Pick<Profiles, 'attributesOf' | 'attributesAmong' | 'addPanel' | 'list'>;
  access?: Pick<Access, 'workspaces'>;
}

export interface DeliveryOptions {
  /** False: nothing is sent but by `drain()`. */
  background?: boolean;
  /** Whether providers' endpoints may lie inside the network; RAPPORT_ALLOW_INTERNAL if not given. */
  allowInternal?: boolean;
  smtpTimeouts?: SmtpTimeouts;
  /** Reads what lies at an address of Amazon's; `fetch` if not given. */
  fetchText?: FetchText;
}

export function createDelivery(
  engine: Engine,
  rooms: DeliveryRooms,
  options: DeliveryOptions = {},
): Delivery {
  const made = createAll(engine, rooms, options);
  const { db, store, accounts, lanes, workers, settler, unsubscribing, resultsLoop } = made;
  rooms.profiles.addPanel('emails', made.emails.ofPerson);
  showConsentsOf(db, rooms.profiles, made);
  let forgotAt = 0;
  const heart = createLoop({
    name: 'delivery heartbeat',
    everyMs: 5_000,
    log: engine.log,
    run: async () => {
      const taken = await workers.beat();
      if (engine.clock.now().getTime() - forgotAt > forgetEveryMs) {
        forgotAt = engine.clock.now().getTime();
        await forgetMinutes(db, engine.clock.now());
        await forgetCapped(db, engine.clock.now());
      }
      if (taken > 0) lanes.poke();
      return false;
    },
  });

  return {
    name: 'delivery',
    folder: new URL('.', import.meta.url),
    routes: (app) => deliveryRoutes(app, made),

    async start() {
      // An embedded database is this process' alone: whoever held emails in it is gone.
      if (engine.postgres.embedded) await workers.takeBackAll();
      await workers.beat();
      if (options.background === false) return;
      for (const loop of [heart, lanes, resultsLoop, made.tracking, made.confirmations]) loop.start();
    },

    async stop() {
      settler.close();
      await lanes.stop();
      await Promise.all([heart.stop(), resultsLoop.stop(), made.tracking.stop(), made.confirmations.stop()]);
      made.sender.close();
      await workers.leave();
    },

    queueEmails,
    closedHours: (now) => closedHours(db, now),
    moveHours,
    askForHours,
    async forecast(workspace, id, asked) {
      const account = id ? await accounts.get(workspace, id) : await accounts.ensureDefault(workspace);
      const until = await forecast(db, account, { ...asked, now: engine.clock.now() });
      return { account: account.name, until };
    },
    frequencyCap: (workspace) => readCap(db, workspace),
    setFrequencyCap: (workspace, cap) => writeCap(db, { workspace, cap, now: engine.clock.now() }),
    cancelQueued,
    holdCampaign,
    async saveTemplate(trx, workspace, template) {
      const { version, problems } = await resolve(trx as typeof db, workspace, template);
      if (problems[0]) throw badTemplate(problems[0]);
      return store.saveVersion(trx, workspace, version);
    },
    checkTemplate: async (workspace, template) => (await resolve(db, workspace, template)).problems,
    sender: accounts.sender,
    countEmails: (campaign) => countEmails(db, campaign),
    totals: store.totals,
    sendNotice: made.sendNotice,
    accountsStanding: accounts.standing,
    beating: workers.beating,
    async suppressedAmong(workspace, addresses) {
      const asked = addresses.map((address) => ({ address, program: null }));
      const blocked = await blockedAmong(engine, db, workspace, asked);
      return new Set(addresses.flatMap((address, i) => (blocked[i] ? address.toLowerCase() : [])));
    },
    suppressionsAsOf: (workspace) => suppressionsAsOf(db, workspace),
    onUnsubscribe: unsubscribing.onUnsubscribe,
    knowPrograms: made.programs.knowBy,
    addAccountGuard: accounts.addDeleteGuard,
    addPartGuard: made.parts.addDeleteGuard,
    poke: lanes.poke,

    async drain() {
      await workers.beat();
      await lanes.drain();
      await made.tracking.drain();
      await made.confirmations.drain();
      while (await made.tell());
    },
  };
}

/** What the room is made of; the routes use it. */
function createAll(engine: Engine, { log, profiles, access }: DeliveryRooms, options: DeliveryOptions) {
  const db = engine.postgres.db.withTables<DeliveryTables>();
  const workspaceOf = async (id: string) =>
    (await access?.workspaces.get(id)) ?? { id, name: '', timezone: 'UTC' };
  const allowInternal = options.allowInternal ?? process.env.RAPPORT_ALLOW_INTERNAL === '1';
  const standing = createHookStanding(engine, db);
  const accounts = createAccounts(
    engine,
    async (id) => (await workspaceOf(id)).name,
    allowInternal,
    standing,
  );
  const store = createStore(db);
  const emails = createEmails(db);
  const workers = createWorkers(db, engine.clock);
  const programs = createPrograms();
  const unsubscribing = createUnsubscribing(engine, db, profiles, programs);
  /** @returns whether there may be more to tell */
  const tell = async () =>
    (await tellResults(engine, db, log)) + (await tellConsents({ engine, db, log, profiles, programs })) > 0;
  const resultsLoop: Loop = createLoop({
    name: 'delivery results',
    // Together once a second: the log takes a thousand results as fast as one.
    everyMs: 1_000,
    log: engine.log,
    run: () => tell(),
  });
  const links = createTrackedLinks(engine);
  const tracking = createTracking({ engine, db, unsubscribing });
  const settler = createSettler({ db, clock: engine.clock, log: engine.log });
  const sender = createSender({
    engine,
    db,
    accounts,
    profiles,
    programs,
    workers,
    settler,
    workspaceOf,
    unsubscribeUrl: unsubscribing.url,
    links,
    allowInternal,
    smtpTimeouts: options.smtpTimeouts,
  });
  const hooks = createHooks({
    engine,
    db,
    accounts,
    standing,
    unsubscribing,
    fetchText: options.fetchText,
  });
  const lanes = createLanes(engine, db, sender);
  accounts.onChange(() => lanes.poke());

  /** Sends at once, beside the ledger and its limits. Throws Problem 502 in the provider's words. */
  async function sendBeside(
    account: StoredAccount,
    id: string,
    given: Pick<RenderedEmail, 'to' | 'subject' | 'html' | 'text' | 'headers'> &
      Partial<Pick<RenderedEmail, 'from'>>,
  ): Promise<{ messageId: string; providerId: string | undefined }> {
    const messageId = `<${id}@${parseSender(account.sender)?.domain ?? 'localhost'}>`;
    const provider = sender.open(account);
    try {
      const { providerId } = await provider.send(
        {
          from: account.sender,
          ...given,
          workspace: account.workspace,
          id: null,
          profile: null,
          messageId,
          date: engine.clock.now(),
        },
        AbortSignal.timeout(30_000),
      );
      return { messageId, providerId };
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      throw new Problem(502, 'provider_refused', `The provider did not take the email: ${error.message}`, {
        hint: hintFor(error),
      });
    } finally {
      provider.close();
    }
  }

  async function sendTest(workspace: string, id: string, to: string): Promise<string> {
    const account = await accounts.get(workspace, id);
    const { messageId } = await sendBeside(account, randomUUID(), {
      to,
      subject: 'Test email from Rapport',
      html: `<p>This is a test of the account <strong>${account.name.replace(/[<&]/g, '')}</strong>. It works.</p>`,
      text: `This is a test of the account ${account.name}. It works.`,
      headers: unsubscribeHeaders(unsubscribing.url(previewEmail)),
    });
    return messageId;
  }

  async function sendNotice(workspace: string, { id, to, subject, text }: Notice): Promise<string> {
    const account = await accounts.ensureDefault(workspace);
    const html = `<pre style="font: inherit; white-space: pre-wrap">${escapeHtml(text)}</pre>`;
    const { providerId } = await sendBeside(account, id, {
      ...{ to, subject, html, text },
      headers: [autoGenerated],
    });
    return account.kind === 'dev'
      ? `It is in the dev mailbox (account ${account.name}): nobody else gets it.`
      : `The provider of the account ${account.name} took it${providerId ? `: ${providerId}` : '.'}`;
  }

  const suppressions = createSuppressions(engine, db);
  const resending = createResending(db);
  const unsubscribeUrl = unsubscribing.url;
  const preview = createPreview({ db, profiles, workspaceOf, unsubscribeUrl });
  const isSuppressed = async (workspace: string, address: string) =>
    (await suppressionOf(engine, db, workspace, address)) !== undefined;
  const confirmations = createConfirmations({
    ...{ engine, db, programs, sendBeside },
    accountOf: accounts.ensureDefault,
  });
  return {
    engine,
    db,
    accounts,
    store,
    emails,
    workers,
    unsubscribing,
    hooks,
    resultsLoop,
    settler,
    sender,
    lanes,
    links,
    tracking,
    tell,
    programs,
    confirmations,
    consents: createConsents({ engine, db, programs, confirmations, unsubscribing }),
    suppressions,
    resending,
    parts: createParts(engine, db),
    preview,
    testSend: createTestSend({ accounts, preview, isSuppressed, unsubscribeUrl, sendBeside }),
    sendTest,
    sendNotice,
    poke: lanes.poke,
  };
}

const hintFor = ({ kind }: DeliveryError) =>
  ({
    temporary: 'It may go through later: try again in a while.',
    permanent: 'Check the address it goes to.',
    account: 'Check the settings, the secrets and the sender of the account.',
  })[kind];

/** So that no answering machine answers (RFC 3834). */
const autoGenerated = { name: 'Auto-Submitted', value: 'auto-generated' };
export type DeliveryParts = ReturnType<typeof createAll>;
