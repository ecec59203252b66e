import { type Kysely, sql } from 'kysely';
import { type Engine, Problem } from '../engine/index.ts';
import type { Profiles } from '../profiles/index.ts';
import { noteConsentEvent, programsOf, say } from './consents.ts';
import type { AnyTransaction } from './ledger.ts';
import { createPrograms, type Programs } from './programs.ts';
import { type ConsentWay, isAddress } from './schema.ts';
import { mayBeWritten, suppress, suppressionOf, wantsAgain } from './suppressions.ts';
import type { DeliveryTables } from './tables.ts';
import { idIn, tokenOf } from './tokens.ts';

/** Somebody who is not to be written to any more. */
export interface Unsubscribed {
  workspace: string;
  profile: string;
  /** What they had of it last: the email, and its campaign. Missing when it was not said by an email. */
  campaign?: string;
  email?: string;
  /** The loyalty program whose emails they want no more; all emails when missing. */
  program?: string;
}

/** Whoever must know that a person unsubscribed; within the same transaction, perhaps more than once. */
export type UnsubscribeListener = (trx: AnyTransaction, unsubscribed: Unsubscribed) => Promise<void>;

/** What the page of a link shows. */
export interface Preferences {
  /** Empty when there is nobody to unsubscribe. */
  address: string;
  /** Gets nothing at all: because somebody said so there, or for another reason, which no link takes back. */
  stopped: 'by_choice' | 'otherwise' | undefined;
  /** The email itself was answered by unsubscribing. */
  left: boolean;
  programs: { id: string; name: string; subscribed: boolean }[];
}

const purpose = 'unsubscribe';
/** Stands for the email in previews and test emails, which nobody can unsubscribe from. */
export const previewEmail = '00000000-0000-0000-0000-000000000000';

const badLink = () =>
  new Problem(400, 'bad_link', 'This unsubscribe link is not valid.', {
    hint: 'Copy the whole link from the email, or answer the email and ask to be taken off the list.',
  });

const nobody: Preferences = { address: '', stopped: undefined, left: false, programs: [] };

interface Row {
  id: string;
  workspace: string;
  campaign: string;
  profile: string;
  program: string | null;
  address: string;
  unsubscribed_at: Date | null;
}

/**
 * Links by which a person says which emails they want, without signing in: the ledger row's id and its signature. They
 * name no address, so they tell nothing to whoever sees them in a log, and they never run out.
 */
export function createUnsubscribing(
  engine: Engine,
  db: Kysely<DeliveryTables>,
  profiles: Pick<Profiles, 'attributesOf'>,
  programs: Pick<Programs, 'of'> = createPrograms(),
) {
  const listeners: UnsubscribeListener[] = [];
  const tell: UnsubscribeListener = async (trx, who) => {
    for (const listener of listeners) await listener(trx, who);
  };

  function emailOf(token: string): string {
    const id = idIn(engine.secrets, purpose, token);
    if (id === undefined) throw badLink();
    return id;
  }

  async function find(id: string): Promise<Row | undefined> {
    const row = await db
      .selectFrom('emails')
      .select(['id', 'workspace', 'campaign', 'profile', 'program', 'address', 'unsubscribed_at'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row || row.address) return row;
    // Sent by a worker that died before it wrote so: the address is the person's.
    const people = await profiles.attributesOf(row.workspace, [row.profile], ['email']);
    const address = people.get(row.profile)?.email;
    return { ...row, address: isAddress(address) ? address : '' };
  }

  async function show(row: Row | undefined): Promise<Preferences> {
    if (!row?.address) return { ...nobody, left: row?.unsubscribed_at != null };
    const [reason, theirs, known] = await Promise.all([
      suppressionOf(engine, db, row.workspace, row.address),
      programsOf(engine, db, row),
      programs.of(row.workspace),
    ]);
    return {
      address: row.address,
      stopped: reason && (reason === 'unsubscribe' ? 'by_choice' : 'otherwise'),
      left: row.unsubscribed_at !== null,
      programs: theirs
        .flatMap((one) => {
          const name = known.get(one.program)?.name;
          return name === undefined ? [] : [{ id: one.program, name, subscribed: mayBeWritten(one) }];
        })
        .sort((a, b) => a.name.localeCompare(b.name)),
    };
  }

  /** Whether the email was answered by unsubscribing, for the report of its campaign. */
  const mark = (trx: AnyTransaction, { id, address }: Row, at: Date | null) =>
    sql`
      UPDATE emails SET unsubscribed_at = CASE WHEN ${at}::timestamptz IS NULL THEN NULL ELSE coalesce(unsubscribed_at, ${at}) END,
        address = CASE WHEN address = '' THEN ${address} ELSE address END
      WHERE id = ${id}`.execute(trx);

  const about = ({ workspace, address, profile, id }: Row, how: ConsentWay) => ({
    ...{ workspace, address, profile, how, email: id, at: engine.clock.now() },
  });

  /** No email any more, of nobody. */
  async function stopAll(trx: AnyTransaction, row: Row, how: ConsentWay): Promise<void> {
    const said = about(row, how);
    const { workspace, address, at } = said;
    const known = address ? await suppressionOf(engine, trx, workspace, address) : undefined;
    if (address)
      await suppress(engine, trx, { workspace, address, reason: 'unsubscribe', at, email: row.id });
    if (!known && (address || !row.unsubscribed_at))
      await noteConsentEvent(trx, { ...said, kind: 'unsubscribed', program: null });
    await mark(trx, row, at);
    const { campaign, profile, id: email } = row;
    await tell(trx, { workspace, campaign, profile, email });
  }

  /** No email of one program any more; of that of the email itself its campaign hears too. */
  async function leaveProgram(
    trx: AnyTransaction,
    row: Row,
    program: string,
    how: ConsentWay,
  ): Promise<void> {
    const said = about(row, how);
    const { workspace, profile, at } = said;
    await say(engine, trx, { ...said, program, status: 'unsubscribed' });
    if (program !== row.program) return tell(trx, { workspace, profile, program });
    await mark(trx, row, at);
    await tell(trx, { workspace, profile, program, campaign: row.campaign, email: row.id });
  }

  /** Whoever presses a button on a page that only their mailbox leads to has confirmed the address. */
  async function joinProgram(trx: AnyTransaction, row: Row, program: string): Promise<void> {
    const said = about(row, 'page');
    await say(engine, trx, { ...said, program, status: 'subscribed', confirmedAt: said.at });
    if (program === row.program) await mark(trx, row, null);
  }

  /** Changes what a link is about, and shows what it is then. Throws Problem 400 for a link that is not ours. */
  const changing =
    <More extends unknown[]>(change: (trx: AnyTransaction, row: Row, ...more: More) => Promise<void>) =>
    async (token: string, ...more: More): Promise<Preferences> => {
      const row = await find(emailOf(token));
      if (!row) return nobody;
      await db.transaction().execute((trx) => change(trx, row, ...more));
      return show(await find(row.id));
    };

  /** From the program the email belongs to; from everything where it belongs to none, or nobody knows the address. */
  const leaveBy = (trx: AnyTransaction, row: Row) =>
    row.program && row.address ? leaveProgram(trx, row, row.program, 'link') : stopAll(trx, row, 'link');

  return {
    url: (email: string): string => `${engine.baseUrl}/u/${tokenOf(engine.secrets, purpose, email)}`,

    /** What a link is about. Throws Problem 400 for a link that is not ours. */
    read: async (token: string) => show(await find(emailOf(token))),

    /** What the button of a mail program does (RFC 8058); again is harmless. */
    unsubscribe: changing(leaveBy),

    /** The same, by the email: a provider's own link was pressed. */
    async leave(email: string): Promise<void> {
      const row = await find(email);
      if (row) await db.transaction().execute((trx) => leaveBy(trx, row));
    },

    /** No email at all any more. */
    stop: changing((trx, row) => stopAll(trx, row, 'page')),

    /** Of the programs shown, those that are wanted; none that were not shown is touched. */
    choose: changing(async (trx, row, shown: readonly string[], wanted: readonly string[]) => {
      if (!row.address) return;
      for (const one of await programsOf(engine, trx, row)) {
        if (!shown.includes(one.program)) continue;
        const wants = wanted.includes(one.program);
        if (wants && !mayBeWritten(one)) await joinProgram(trx, row, one.program);
        if (!wants && mayBeWritten(one)) await leaveProgram(trx, row, one.program, 'page');
      }
    }),

    /** It was a mistake: emails come again, those of the email's program too. */
    resume: changing(async (trx, row) => {
      const { workspace, address, program } = row;
      if (!address) return;
      if (await wantsAgain(trx, { workspace, address }))
        await noteConsentEvent(trx, { ...about(row, 'page'), kind: 'subscribed', program: null });
      const own = (await programsOf(engine, trx, row)).find((one) => one.program === program);
      if (own && !mayBeWritten(own)) await joinProgram(trx, row, own.program);
      await mark(trx, row, null);
    }),

    /** Somebody is not to be written to any more, by whatever way that became known. */
    tell,
    onUnsubscribe: (listener: UnsubscribeListener) => void listeners.push(listener),
  };
}
export type Unsubscribing = ReturnType<typeof createUnsubscribing>;
