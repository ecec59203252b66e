import { sql } from 'kysely';
import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { AccountKind } from '../kinds.ts';
import type { AnyDb } from '../ledger.ts';
import { idIn, tokenOf } from '../tokens.ts';

const purpose = 'hooks';
/** The last part of the address, by the kind of account. */
const paths: Partial<Record<AccountKind, string>> = {
  ses: 'ses',
  mailchimp_transactional: 'mailchimp-transactional',
};
/** Written at most so often, as thousands may come in a second. */
const writeEveryMs = 10_000;

export const hook = z.object({
  url: z
    .string()
    .describe('What to enter at the provider; it names the account and is signed, so keep it there'),
  heard_at: z.string().nullable().describe('When the provider last called, to ten seconds'),
  trouble: z.string().nullable().describe('Why what came last was refused'),
  trouble_at: z.string().nullable(),
});
type Hook = z.infer<typeof hook>;

/** The address at which the provider of an account tells what becomes of emails, and how it stands with it. */
export function createHookStanding({ baseUrl, secrets, clock }: Engine, db: AnyDb) {
  const written = new Map<string, number>();

  const urlOf = (kind: AccountKind, account: string) =>
    `${baseUrl}/hooks/${paths[kind]}/${tokenOf(secrets, purpose, account)}`;

  return {
    urlOf,

    /** The account an address names; undefined unless the address is ours. */
    accountOf: (token: string) => idIn(secrets, purpose, token),

    /** Null for a kind whose provider calls nobody. */
    async view(kind: AccountKind, account: string): Promise<Hook | null> {
      if (!paths[kind]) return null;
      const { rows } = await sql<{ heard_at: Date | null; trouble: string | null; trouble_at: Date | null }>`
        SELECT heard_at, trouble, trouble_at FROM account_hooks WHERE account = ${account}`.execute(db);
      const [row] = rows;
      return {
        url: urlOf(kind, account),
        heard_at: row?.heard_at?.toISOString() ?? null,
        trouble: row?.trouble ?? null,
        trouble_at: row?.trouble_at?.toISOString() ?? null,
      };
    },

    /** Something came that was in order. */
    async heard(account: string): Promise<void> {
      const now = clock.now();
      if (now.getTime() - (written.get(account) ?? Number.NEGATIVE_INFINITY) < writeEveryMs) return;
      await sql`
        INSERT INTO account_hooks (account, heard_at) VALUES (${account}, ${now})
        ON CONFLICT (account) DO UPDATE SET heard_at = ${now}, trouble = NULL, trouble_at = NULL`.execute(db);
      written.set(account, now.getTime());
    },

    /** Something came that was not, and a person should know. */
    async refused(account: string, trouble: string): Promise<void> {
      written.delete(account);
      const now = clock.now();
      await sql`
        INSERT INTO account_hooks (account, trouble, trouble_at) VALUES (${account}, ${trouble}, ${now})
        ON CONFLICT (account) DO UPDATE SET trouble = ${trouble}, trouble_at = ${now}`.execute(db);
    },
  };
}
export type HookStanding = ReturnType<typeof createHookStanding>;
