import { setImmediate as breathe } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Profiles } from '../profiles/index.ts';
import type { Accounts, StoredAccount } from './accounts.ts';
import { addressOf, type Composing, compose, createTemplates } from './compose.ts';
import { type Claimed, claim, giveBack, type Settlement } from './ledger.ts';
import { DeliveryError, openProvider, type Provider, type RenderedEmail } from './providers/index.ts';
import type { SmtpTimeouts } from './providers/smtp.ts';
import type { createSettler } from './settler.ts';
import { suppressedAmong } from './suppressions.ts';
import type { DeliveryTables } from './tables.ts';
import type { Workers } from './workers.ts';

/** Attempts at one email, and the waits between them: 5 s, 20 s, 80 s … 15 min; about 50 minutes in all. */
const maxAttempts = 8;
const firstWaitMs = 5_000;
const longestWaitMs = 15 * 60_000;

export interface SenderNeeds {
  engine: Engine;
  db: Kysely<DeliveryTables>;
  accounts: Accounts;
  profiles: Pick<Profiles, 'attributesOf'>;
  workers: Workers;
  settler: ReturnType<typeof createSettler>;
  workspaceOf: (id: string) => Promise<{ id: string; name: string; timezone: string }>;
  unsubscribeUrl: (email: string) => string;
  smtpTimeouts?: SmtpTimeouts | undefined;
}

/** Sends one account's due emails, a batch at a time. */
export function createSender(needs: SenderNeeds) {
  const { engine, db, accounts, profiles, workers, settler, workspaceOf, unsubscribeUrl } = needs;
  const { clock } = engine;
  const templates = createTemplates(db);
  const providers = new Map<string, { provider: Provider; account: StoredAccount }>();
  accounts.onChange(close);

  function close(id: string) {
    providers.get(id)?.provider.close();
    providers.delete(id);
  }

  function open(account: StoredAccount): Provider {
    const { kind, settings, secret } = account;
    const password = secret ? engine.secrets.open(secret) : undefined;
    return openProvider({ db, kind, settings, password, smtpTimeouts: needs.smtpTimeouts });
  }

  async function providerOf(id: string) {
    let found = providers.get(id);
    const account = await accounts.byId(id);
    if (account?.status !== 'active') {
      close(id);
      return undefined;
    }
    // Another process may have changed the account.
    if (found && signature(found.account) !== signature(account)) {
      close(id);
      found = undefined;
    }
    if (!found) {
      found = { provider: open(account), account };
      providers.set(id, found);
    }
    return found;
  }

  /**
   * Claims and sends as many batches as the provider takes at once.
   * @returns how many rows were claimed: 0 when nothing is due, or the account's limit is reached
   */
  async function sendDue(accountId: string, signal: AbortSignal): Promise<number> {
    const found = await providerOf(accountId);
    // A worker whose heartbeat is late may be taken for dead, and its emails be given to another.
    if (!found || !workers.beating()) return 0;
    const { provider, account } = found;
    const batches = Array.from({ length: provider.batches }, () => sendBatch(provider, account, signal));
    let claimed = 0;
    for (const batch of await Promise.allSettled(batches)) {
      if (batch.status === 'rejected') throw batch.reason;
      claimed += batch.value;
    }
    return claimed;
  }

  async function sendBatch(provider: Provider, account: StoredAccount, signal: AbortSignal): Promise<number> {
    const { id: accountId } = account;
    const rows = await claim(db, {
      account: accountId,
      worker: workers.id,
      most: provider.batch,
      now: clock.now(),
    });
    if (rows.length === 0) return 0;
    workers.holds(rows);
    try {
      const { emails, settled } = await prepare(rows, account);
      await Promise.all([
        ...settled.map(settler.settle),
        settled.length > 0 ? giveBack(db, accountId, settled.length) : undefined,
        provider.sendBatch ? sendTogether(provider, emails) : sendEach(provider, emails, account, signal),
      ]);
      return rows.length;
    } catch (error) {
      // Nothing was sent of what is still 'sending': the profile views or the database did not answer.
      const wait = new Date(clock.now().getTime() + firstWaitMs);
      await Promise.all(rows.map((row) => settler.settle(requeue(row, errorText(error), wait))));
      throw error;
    } finally {
      workers.releases(rows);
    }
  }

  /** Addresses, suppressions and content: what can be sent, and what is settled without sending. */
  async function prepare(rows: Claimed[], account: StoredAccount) {
    const workspace = await workspaceOf(account.workspace);
    const compiled = await templates(
      account.workspace,
      [...new Set(rows.map(({ template }) => template))],
      workspace.timezone,
    );
    const people = await profiles.attributesOf(
      account.workspace,
      [...new Set(rows.map(({ profile }) => profile))],
      attributesNeeded([...compiled.values()]),
    );
    const addresses = rows.map((row) => addressOf(row, people.get(row.profile)));
    const suppressed = await suppressedAmong(db, account.workspace, addresses);
    const composing: Composing = {
      workspace,
      from: account.sender,
      templates: compiled,
      unsubscribeUrl,
      now: clock.now(),
    };
    const emails: { email: RenderedEmail; row: Claimed }[] = [];
    const settled: Settlement[] = [];
    for (const [i, row] of rows.entries()) {
      const address = addresses[i];
      const { id, attempts } = row;
      if (i % 200 === 199) await breathe();
      if (!address) settled.push({ id, attempts, status: 'failed', error: noAddress });
      else if (suppressed.has(address.toLowerCase()))
        settled.push({ id, attempts, status: 'suppressed', address });
      else {
        try {
          emails.push({ email: compose(row, address, people.get(row.profile) ?? {}, composing), row });
        } catch (error) {
          settled.push({ id, attempts, status: 'failed', address, error: `Template: ${errorText(error)}` });
        }
      }
    }
    return { emails, settled };
  }

  async function sendTogether(provider: Provider, emails: Prepared[]) {
    if (emails.length === 0) return;
    await provider.sendBatch!(
      emails.map(({ email }) => email),
      new AbortController().signal,
    );
    await Promise.all(emails.map((prepared) => settler.settle(sent(prepared))));
  }

  /** A slot is free again when the result is written, so at most `concurrency` emails are ever in doubt. */
  async function sendEach(
    provider: Provider,
    emails: Prepared[],
    account: StoredAccount,
    signal: AbortSignal,
  ) {
    const hard = new AbortController();
    const onAbort = () => setTimeout(() => hard.abort(), 5_000).unref();
    signal.addEventListener('abort', onAbort, { once: true });
    let next = 0;
    let refused: string | undefined;
    async function slot() {
      for (let prepared = emails[next++]; prepared; prepared = emails[next++]) {
        if (refused || signal.aborted) {
          await settler.settle(requeue(prepared.row, refused));
          continue;
        }
        const settlement = await sendOne(provider, prepared, hard.signal);
        if (settlement instanceof DeliveryError) {
          refused ??= settlement.message;
          await settler.settle(requeue(prepared.row, settlement.message));
        } else await settler.settle(settlement);
      }
    }
    await Promise.all(Array.from({ length: Math.min(provider.concurrency, emails.length) }, slot));
    signal.removeEventListener('abort', onAbort);
    if (refused) {
      engine.log.warn({ account: account.id, reason: refused }, 'an email account was paused');
      await accounts.pause(account.id, refused);
    }
  }

  /** @returns what became of it, or the error for which the whole account must stop */
  async function sendOne(
    provider: Provider,
    prepared: Prepared,
    signal: AbortSignal,
  ): Promise<Settlement | DeliveryError> {
    const { email, row } = prepared;
    try {
      await provider.send(email, signal);
      return sent(prepared);
    } catch (error) {
      const kind = error instanceof DeliveryError ? error.kind : 'temporary';
      if (kind === 'account') return error as DeliveryError;
      if (signal.aborted) return requeue(row, errorText(error));
      const attempt = row.attempts - row.attempts_waived;
      const failed = kind === 'permanent' || attempt >= maxAttempts;
      return {
        id: row.id,
        attempts: row.attempts,
        status: failed ? 'failed' : 'queued',
        address: email.to,
        subject: email.subject,
        error: errorText(error),
        nextAttemptAt: new Date(clock.now().getTime() + waitAfter(attempt)),
      };
    }
  }

  return {
    sendDue,
    open,
    closeIdle: close,
    close() {
      for (const id of [...providers.keys()]) close(id);
    },
  };
}
export type EmailSender = ReturnType<typeof createSender>;

interface Prepared {
  email: RenderedEmail;
  row: Claimed;
}

const noAddress = 'The person has no valid email address.';

const sent = ({ email, row }: Prepared): Settlement => ({
  id: row.id,
  attempts: row.attempts,
  status: 'sent',
  address: email.to,
  subject: email.subject,
});

/** Back into the queue through no fault of its own. */
const requeue = (row: Claimed, error?: string, nextAttemptAt?: Date): Settlement => ({
  id: row.id,
  attempts: row.attempts,
  status: 'queued',
  error,
  nextAttemptAt,
  waived: true,
});

/** Milliseconds before the attempt after the `attempt`th, spread by a fifth so that retries do not come all at once. */
export function waitAfter(attempt: number, random = Math.random): number {
  const wait = Math.min(longestWaitMs, firstWaitMs * 4 ** Math.max(0, attempt - 1));
  return Math.round(wait * (0.8 + 0.4 * random()));
}

const signature = ({ kind, sender, settings, secret }: StoredAccount) =>
  JSON.stringify([kind, sender, settings, secret]);

const errorText = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).slice(0, 1_000);

/** Names of the attributes the templates speak of; undefined, which is all, when one cannot tell. */
function attributesNeeded(templates: ({ attributes: readonly string[] | undefined } | Error)[]) {
  const names = new Set(['email']);
  for (const template of templates) {
    if (template instanceof Error) continue;
    if (!template.attributes) return undefined;
    for (const name of template.attributes) names.add(name);
  }
  return [...names];
}
