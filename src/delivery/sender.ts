import { setTimeout as pause } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Profiles } from '../profiles/index.ts';
import type { Accounts, StoredAccount } from './accounts.ts';
import { createBursts } from './bursts.ts';
import { isolating } from './isolate.ts';
import { type Claimed, claim, type Settlement } from './ledger.ts';
import { errorText, failure, type Prepared, requeue, sent } from './outcomes.ts';
import { createPreparing } from './prepare.ts';
import type { Programs } from './programs.ts';
import { DeliveryError, openProvider, type Provider } from './providers/index.ts';
import type { SmtpTimeouts } from './providers/smtp.ts';
import type { createSettler } from './settler.ts';
import type { DeliveryTables } from './tables.ts';
import { giveBack, slowDown } from './throttle.ts';
import type { TrackedLinks } from './tracking_links.ts';
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
  programs: Pick<Programs, 'of'>;
  workers: Workers;
  settler: ReturnType<typeof createSettler>;
  workspaceOf: (id: string) => Promise<{ id: string; name: string; timezone: string }>;
  unsubscribeUrl: (email: string) => string;
  links: TrackedLinks;
  /** Whether providers' endpoints may lie inside the network. */
  allowInternal: boolean;
  smtpTimeouts?: SmtpTimeouts | undefined;
}

/** Sends one account's due emails, a batch at a time. */
export function createSender(needs: SenderNeeds) {
  const { engine, db, accounts, workers, settler } = needs;
  const { clock } = engine;
  const prepare = createPreparing(needs);
  const providers = new Map<string, { provider: Provider; account: StoredAccount }>();
  const bursts = createBursts();
  accounts.onChange((id) => {
    close(id);
    bursts.forget(id);
  });

  function close(id: string) {
    providers.get(id)?.provider.close();
    providers.delete(id);
  }

  function open(account: StoredAccount): Provider {
    const { kind, settings } = account;
    const secrets = Object.fromEntries(
      Object.entries(account.secrets).map(([name, sealed]) => [name, engine.secrets.open(sealed)]),
    );
    const { allowInternal, smtpTimeouts } = needs;
    return openProvider({ db, kind, settings, secrets, allowInternal, smtpTimeouts });
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
   * Sends until little or nothing is due or allowed, as many batches at once as the provider takes.
   * @returns how many rows were claimed
   */
  async function sendDue(accountId: string, signal: AbortSignal): Promise<number> {
    const found = await providerOf(accountId);
    if (!found) return 0;
    const { provider, account } = found;
    const batches = Array.from({ length: provider.batches }, () => sendBatches(provider, account, signal));
    let claimed = 0;
    for (const batch of await Promise.allSettled(batches)) {
      if (batch.status === 'rejected') throw batch.reason;
      claimed += batch.value;
    }
    return claimed;
  }

  /**
   * One batch after the other, whatever becomes of those beside it: had all to end before the next begin, all would wait for
   * the database at once, and for the provider at once (into SMTP 190 instead of 225 emails/s on a crowded machine). A batch
   * that is not whole is the last for now: whoever took each few emails as the rate allows them would read attributes all
   * the time, which takes as long for two people as for two hundred.
   */
  async function sendBatches(provider: Provider, account: StoredAccount, signal: AbortSignal) {
    const whole = Math.min(provider.batch, account.in_flight ?? provider.batch);
    // A worker whose heartbeat is late may be taken for dead, and its emails be given to another.
    for (let claimed = 0; ; ) {
      const more = workers.beating() ? await sendBatch(provider, account, signal) : 0;
      claimed += more;
      if (more < whole || signal.aborted || !(await isStill(account))) return claimed;
    }
  }

  async function isStill(account: StoredAccount): Promise<boolean> {
    const now = await accounts.byId(account.id);
    return now?.status === 'active' && signature(now) === signature(account);
  }

  async function sendBatch(provider: Provider, account: StoredAccount, signal: AbortSignal): Promise<number> {
    const { id: accountId } = account;
    const now = clock.now();
    const rows = await claim(db, {
      account: accountId,
      worker: workers.id,
      most: provider.batch,
      now,
    });
    if (rows.length === 0) return 0;
    workers.holds(rows);
    try {
      const { emails, settled } = await prepare(rows, account).catch(async (error) => {
        // The profile views or the database did not answer; nothing was sent.
        await requeueAll(rows, error);
        throw error;
      });
      // All to their end, whatever fails: nothing may be let go of while it may be on its way.
      const parts = await Promise.allSettled([
        ...settled.map(settler.settle),
        settled.length > 0 ? returnTokens(accountId, settled.length, now) : undefined,
        provider.sendBatch ? sendTogether(provider, emails) : sendEach(provider, emails, account, signal),
      ]);
      for (const part of parts) if (part.status === 'rejected') throw part.reason;
      return rows.length;
    } finally {
      workers.releases(rows);
    }
  }

  /** Tokens that were not used after all. Lost, they are a moment of the account's rate: no reason to fail. */
  async function returnTokens(account: string, tokens: number, takenAt: Date): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        return await giveBack(db, account, tokens, takenAt);
      } catch (error) {
        engine.log.warn({ err: error, account }, 'tokens of an email account could not be given back');
        await pause(200 * 2 ** attempt);
      }
    }
  }

  /** Back into the queue, to be tried again in a while. Only what was not given to a provider that may have it. */
  async function requeueAll(rows: Claimed[], error: unknown): Promise<void> {
    const wait = new Date(clock.now().getTime() + firstWaitMs);
    await Promise.all(rows.map((row) => settler.settle(requeue(row, errorText(error), wait))));
  }

  async function sendTogether(provider: Provider, emails: Prepared[]) {
    const open = new Set(emails);
    const settled: Settlement[] = [];
    try {
      await isolating(
        emails,
        async (part) => {
          await provider.sendBatch!(
            part.map(({ email }) => email),
            new AbortController().signal,
          );
          for (const prepared of part) {
            open.delete(prepared);
            settled.push(sent(prepared));
          }
        },
        (prepared, reason) => {
          open.delete(prepared);
          const { to: address, subject } = prepared.email;
          settled.push({ ...failure(prepared.row, reason), address, subject });
        },
      );
    } catch (error) {
      // To give such a provider an email twice is harmless.
      await requeueAll(
        [...open].map(({ row }) => row),
        error,
      );
      throw error;
    } finally {
      await Promise.all(settled.map(settler.settle));
    }
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
    // Why no more of this account may go out.
    let refused: string | undefined;
    async function slot() {
      for (let prepared = emails[next++]; prepared; prepared = emails[next++]) {
        if (refused || signal.aborted) {
          await settler.settle(requeue(prepared.row, refused));
          continue;
        }
        const settlement = await sendOne(provider, prepared, account.id, hard.signal);
        if (settlement instanceof DeliveryError) {
          refused ??= settlement.message;
          await settler.settle(requeue(prepared.row, settlement.message));
        } else {
          await settler.settle(settlement);
          refused ??= burstOf(account.id, settlement);
        }
      }
    }
    const slots = Array.from({ length: Math.min(provider.concurrency, emails.length) }, slot);
    // Each to its end, though another one fails.
    const ended = await Promise.allSettled(slots);
    signal.removeEventListener('abort', onAbort);
    if (refused) {
      engine.log.warn({ account: account.id, reason: refused }, 'an email account was paused');
      await accounts.pause(account.id, refused);
    }
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
  }

  /** @returns what became of it, or the error for which the whole account must stop */
  async function sendOne(
    provider: Provider,
    prepared: Prepared,
    account: string,
    signal: AbortSignal,
  ): Promise<Settlement | DeliveryError> {
    const { email, row } = prepared;
    try {
      const { providerId } = await provider.send(email, signal);
      return sent(prepared, providerId);
    } catch (error) {
      const kind = error instanceof DeliveryError ? error.kind : 'temporary';
      if (error instanceof DeliveryError && error.slowDown) {
        const { retryAfterMs } = error;
        await slowDown(db, { account, now: clock.now(), retryAfterMs });
        // The account's fault, not this email's.
        const wait = new Date(clock.now().getTime() + Math.max(retryAfterMs ?? 0, firstWaitMs));
        return requeue(row, errorText(error), wait);
      }
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

  /** Why the account should stop after this email. */
  function burstOf(account: string, { status, error }: Settlement): string | undefined {
    if (status === 'queued') return undefined;
    return bursts.note(account, status === 'failed' ? 'refused' : 'sent', clock.now(), error);
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

/** Milliseconds before the attempt after the `attempt`th, spread by a fifth so that retries do not come all at once. */
export function waitAfter(attempt: number, random = Math.random): number {
  const wait = Math.min(longestWaitMs, firstWaitMs * 4 ** Math.max(0, attempt - 1));
  return Math.round(wait * (0.8 + 0.4 * random()));
}

const signature = ({ kind, sender, settings, secrets }: StoredAccount) =>
  JSON.stringify([kind, sender, settings, secrets]);
