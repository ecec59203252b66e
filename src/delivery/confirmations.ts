import { type Kysely, sql } from 'kysely';
import { createLoop, type Engine, Problem } from '../engine/index.ts';
import type { StoredAccount } from './accounts.ts';
import { say } from './consents.ts';
import type { AnyTransaction } from './ledger.ts';
import { escapeHtml } from './liquid.ts';
import { identityOf, type KnownProgram, type Programs } from './programs.ts';
import type { RenderedEmail } from './providers/index.ts';
import { suppressionOf } from './suppressions.ts';
import type { DeliveryTables } from './tables.ts';
import { idIn, tokenOf } from './tokens.ts';

const purpose = 'confirm-consent';
/** An address gets one such email within this time, whatever asks for it. */
const oneWithinMs = 86_400_000;
/** Until a confirmation that the provider did not take is tried again. */
const retryMs = 10 * 60_000;
const most = 100;

/** What the page of a link shows. */
export interface Confirming {
  state: 'pending' | 'confirmed' | 'unsubscribed';
  address: string;
  program: string;
}

export interface ConfirmationNeeds {
  engine: Engine;
  db: Kysely<DeliveryTables>;
  programs: Pick<Programs, 'of'>;
  /** The account such emails go out through. */
  accountOf: (workspace: string) => Promise<StoredAccount>;
  sendBeside: (
    account: StoredAccount,
    id: string,
    email: Pick<RenderedEmail, 'to' | 'subject' | 'html' | 'text' | 'headers'> & { from: string },
  ) => Promise<unknown>;
}

interface Due {
  id: string;
  workspace: string;
  program: string;
  address: string;
}

const badLink = () =>
  new Problem(400, 'bad_link', 'This link is not valid.', {
    hint: 'Copy the whole link from the email, or sign up again.',
  });

/** Emails that ask whether somebody wants a program's emails, and the links in them. */
export function createConfirmations({ engine, db, programs, accountOf, sendBeside }: ConfirmationNeeds) {
  const { clock, secrets, baseUrl, log } = engine;
  const url = (consent: string) => `${baseUrl}/confirm/${tokenOf(secrets, purpose, consent)}`;

  async function find(token: string) {
    const id = idIn(secrets, purpose, token);
    if (id === undefined) throw badLink();
    const row = await db
      .selectFrom('consents')
      .select(['workspace', 'program', 'address', 'status'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row?.address) throw badLink();
    const program = (await programs.of(row.workspace)).get(row.program);
    if (!program) throw badLink();
    return { ...row, address: row.address, name: program.name };
  }

  const view = ({ address, name, status }: Awaited<ReturnType<typeof find>>): Confirming => ({
    state: status === 'subscribed' ? 'confirmed' : status,
    address,
    program: name,
  });

  /**
   * Takes what may go out now. It counts as sent from here on, so that no address gets two though this process be killed: then
   * the email comes a day later.
   */
  async function claim(now: Date): Promise<Due[]> {
    const before = new Date(now.getTime() - oneWithinMs);
    const next = new Date(now.getTime() + oneWithinMs);
    return db.transaction().execute(async (trx) => {
      // Two of one address must not be taken by two processes.
      await sql`SELECT pg_advisory_xact_lock(hashtextextended('consents asked', 0))`.execute(trx);
      const { rows } = await sql<Due>`
        UPDATE consents AS c SET asked_at = ${now}, ask_at = ${next}
        FROM (
          SELECT DISTINCT ON (workspace, address) id FROM consents AS w
          WHERE ask_at <= ${now} AND status = 'pending' AND NOT EXISTS (
            SELECT FROM consents AS o
            WHERE o.workspace = w.workspace AND o.address = w.address AND o.asked_at > ${before})
          ORDER BY workspace, address, ask_at LIMIT ${most}
        ) AS due
        WHERE c.id = due.id RETURNING c.id, c.workspace, c.program, c.address`.execute(trx);
      return rows;
    });
  }

  const settle = (id: string, set: { ask_at: Date | null; asked_at?: null }) =>
    db.updateTable('consents').set(set).where('id', '=', id).where('status', '=', 'pending').execute();

  async function send({ id, workspace, program: programId, address }: Due, now: Date): Promise<void> {
    const program = (await programs.of(workspace)).get(programId);
    const gone = !program || (await suppressionOf(engine, db, workspace, address)) !== undefined;
    if (gone) return void (await settle(id, { ask_at: null }));
    const account = await accountOf(workspace);
    const { from, replyTo } = identityOf(account.sender, program.sender);
    const headers = replyTo ? [{ name: 'Reply-To', value: replyTo }] : [];
    const day = Math.floor(now.getTime() / oneWithinMs);
    try {
      if (account.status === 'paused') throw new Problem(409, 'account_paused', 'The account is paused.');
      await sendBeside(account, `${id}.${day}`, { to: address, from, headers, ...words(program, url(id)) });
      await settle(id, { ask_at: null });
    } catch (error) {
      log.warn({ err: error, workspace, consent: id }, 'a confirmation email was not taken');
      await settle(id, { ask_at: new Date(now.getTime() + retryMs), asked_at: null });
    }
  }

  /** @returns whether there may be more */
  async function sendDue(): Promise<boolean> {
    const now = clock.now();
    const waiting = await db
      .selectFrom('consents')
      .select('id')
      .where('ask_at', '<=', now)
      .limit(1)
      .executeTakeFirst();
    if (!waiting) return false;
    const due = await claim(now);
    for (const one of due) await send(one, now);
    return due.length === most;
  }

  const loop = createLoop({ name: 'confirmations', everyMs: 60_000, log: engine.log, run: sendDue });

  return {
    /** Within the transaction that made it pending: asks by email, now or when the address may get one again. Then `poke()`. */
    async ask(trx: AnyTransaction, consent: string): Promise<void> {
      await sql`
        UPDATE consents SET ask_at = coalesce(ask_at, ${clock.now()}) WHERE id = ${consent} AND status = 'pending'`.execute(
        trx,
      );
    },

    /** @throws Problem 400 for a link that is not ours */
    read: async (token: string): Promise<Confirming> => view(await find(token)),

    /** Again is harmless. @throws Problem 400 for a link that is not ours */
    async confirm(token: string): Promise<Confirming> {
      const { workspace, program, address, status } = await find(token);
      if (status === 'pending') {
        const at = clock.now();
        const said = { workspace, program, address, at, confirmedAt: at, how: 'link' as const };
        await db.transaction().execute((trx) => say(engine, trx, { ...said, status: 'subscribed' }));
      }
      return view(await find(token));
    },

    start: () => loop.start(),
    stop: () => loop.stop(),
    poke: () => loop.poke(),
    /** Sends all that may go out now; for tests and commands. */
    async drain(): Promise<void> {
      while (await sendDue());
    },
  };
}
export type Confirmations = ReturnType<typeof createConfirmations>;

function words({ name }: KnownProgram, url: string): Pick<RenderedEmail, 'subject' | 'html' | 'text'> {
  const asked = `Somebody, you we hope, asked for emails of ${name} to this address.`;
  const otherwise = 'If it was not you, do nothing: then no more emails come.';
  return {
    subject: `Please confirm: emails of ${name.replace(/\s+/g, ' ')}`,
    text: `${asked}\n\nTo get them, press the button on this page:\n${url}\n\n${otherwise}\n`,
    html: `<p>${escapeHtml(asked)}</p>
<p><a href="${escapeHtml(url)}">Confirm that you want them</a></p>
<p>${otherwise}</p>`,
  };
}
