import type { Kysely } from 'kysely';
import { type Engine, Problem } from '../engine/index.ts';
import type { Profiles } from '../profiles/index.ts';
import type { AnyTransaction } from './ledger.ts';
import { isAddress } from './schema.ts';
import { suppress } from './suppressions.ts';
import type { DeliveryTables } from './tables.ts';

/** Whoever must know that a person unsubscribed; within the same transaction, perhaps more than once. */
export type UnsubscribeListener = (
  trx: AnyTransaction,
  unsubscribed: { workspace: string; campaign: string; profile: string; email: string },
) => Promise<void>;

const purpose = 'unsubscribe';
/** Stands for the email in previews and test emails, which nobody can unsubscribe from. */
export const previewEmail = '00000000-0000-0000-0000-000000000000';

const badLink = () =>
  new Problem(400, 'bad_link', 'This unsubscribe link is not valid.', {
    hint: 'Copy the whole link from the email, or answer the email and ask to be taken off the list.',
  });

/**
 * Links that take a person off the list without signing in: the ledger row's id and its signature. They
 * name no address, so they tell nothing to whoever sees them in a log, and they never run out.
 */
export function createUnsubscribing(
  engine: Engine,
  db: Kysely<DeliveryTables>,
  profiles: Pick<Profiles, 'attributesOf'>,
) {
  const listeners: UnsubscribeListener[] = [];
  const tell: UnsubscribeListener = async (trx, who) => {
    for (const listener of listeners) await listener(trx, who);
  };

  function emailOf(token: string): string {
    const [id = '', signature = '', ...rest] = token.split('.');
    const bytes = Buffer.from(id, 'base64url');
    if (bytes.length !== 16 || rest.length > 0 || !engine.secrets.verify(purpose, id, signature))
      throw badLink();
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  async function find(id: string) {
    const row = await db
      .selectFrom('emails')
      .select(['id', 'workspace', 'campaign', 'profile', 'address', 'attempts', 'unsubscribed_at'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row || row.address) return row;
    // Sent by a worker that died before it wrote so: the address is the person's.
    const people = await profiles.attributesOf(row.workspace, [row.profile], ['email']);
    const address = people.get(row.profile)?.email;
    return { ...row, address: isAddress(address) ? address : '' };
  }

  async function leave(email: string): Promise<{ address: string }> {
    const row = await find(email);
    if (!row) return { address: '' };
    const { id, workspace, campaign, profile, address, attempts } = row;
    const at = engine.clock.now();
    await db.transaction().execute(async (trx) => {
      if (address) await suppress(engine, trx, { workspace, address, reason: 'unsubscribe', at, email: id });
      const first = await trx
        .updateTable('emails')
        .set({ unsubscribed_at: at, ...(address && { address }) })
        .where('id', '=', id)
        .where('unsubscribed_at', 'is', null)
        .executeTakeFirst();
      if (first.numUpdatedRows > 0n) {
        await trx
          .insertInto('email_results')
          .values({ workspace, email: id, kind: 'unsubscribed', attempt: attempts, at })
          .execute();
      }
      await tell(trx, { workspace, campaign, profile, email: id });
    });
    return { address };
  }

  return {
    url(email: string): string {
      const id = Buffer.from(email.replaceAll('-', ''), 'hex').toString('base64url');
      return `${engine.baseUrl}/u/${id}.${engine.secrets.sign(purpose, id)}`;
    },

    /** Whom a link is about. Throws Problem 400 for a link that is not ours. */
    async read(token: string): Promise<{ address: string; done: boolean }> {
      const row = await find(emailOf(token));
      return { address: row?.address ?? '', done: row?.unsubscribed_at != null };
    },

    /** Takes the address off the list; again is harmless. Throws Problem 400 for a link that is not ours. */
    unsubscribe: (token: string) => leave(emailOf(token)),

    /** The same, by the email: a provider's own link was pressed. */
    leave,

    /** Somebody is not to be written to any more, by whatever way that became known. */
    tell,
    onUnsubscribe: (listener: UnsubscribeListener) => void listeners.push(listener),
  };
}
export type Unsubscribing = ReturnType<typeof createUnsubscribing>;
