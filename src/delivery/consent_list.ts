import { type Kysely, sql } from 'kysely';
import { type Engine, Problem } from '../engine/index.ts';
import type { Confirmations } from './confirmations.ts';
import { needsConfirming, say } from './consents.ts';
import type { Programs } from './programs.ts';
import type { Consent, ConsentStatus } from './schema.ts';
import { hashesOf, plain, suppressionOf } from './suppressions.ts';
import type { DeliveryTables } from './tables.ts';
import type { Unsubscribing } from './unsubscribe.ts';

export interface ConsentsNeeds {
  engine: Engine;
  db: Kysely<DeliveryTables>;
  programs: Pick<Programs, 'of'>;
  confirmations: Pick<Confirmations, 'ask' | 'poke'>;
  unsubscribing: Pick<Unsubscribing, 'tell'>;
}

export interface Asked {
  program?: string | undefined;
  status?: ConsentStatus | undefined;
  search?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** What a form of a shop says for somebody. */
export interface Given {
  email: string;
  program: string;
  status: 'subscribed' | 'unsubscribed';
  person_id?: string | undefined;
  confirmed_at?: string | undefined;
}

const columns = [
  ...['id', 'address', 'program', 'status', 'at', 'how', 'confirmed_at', 'ask_at', 'asked_at', 'email'],
] as ['id', 'address', 'program', 'status', 'at', 'how', 'confirmed_at', 'ask_at', 'asked_at', 'email'];

type Row = Pick<DeliveryTables['consents'], Exclude<(typeof columns)[number], 'id'>> & { id: string };

/** Consents as the API shows and changes them. */
export function createConsents({ engine, db, programs, confirmations, unsubscribing }: ConsentsNeeds) {
  const rowsOf = (workspace: string) =>
    db.selectFrom('consents').select(columns).where('workspace', '=', workspace);

  async function view(workspace: string, rows: readonly Row[]): Promise<Consent[]> {
    const known = await programs.of(workspace);
    return rows.map((row) => ({
      id: row.id,
      address: row.address,
      program_id: row.program,
      program_name: known.get(row.program)?.name ?? null,
      status: row.status,
      at: row.at.toISOString(),
      how: row.how,
      confirmed_at: row.confirmed_at?.toISOString() ?? null,
      confirmation_sent_at: row.asked_at?.toISOString() ?? null,
      confirmation_due_at: row.ask_at?.toISOString() ?? null,
      email_id: row.email,
    }));
  }

  /** @throws Problem 404 */
  async function checkProgram(workspace: string, program: string, field: string): Promise<void> {
    if ((await programs.of(workspace)).has(program)) return;
    throw new Problem(404, 'not_found', `There is no program with the id ${JSON.stringify(program)}.`, {
      field,
    });
  }

  return {
    /** A search for a whole address finds it as a hash too. */
    async list(workspace: string, { program, status, search, limit, cursor }: Asked) {
      let query = rowsOf(workspace);
      if (program) query = query.where('program', '=', program);
      if (status) query = query.where('status', '=', status);
      if (search) {
        const like = `%${plain(search).replace(/[%_\\]/g, '\\$&')}%`;
        const hashes = [...hashesOf(engine, workspace, search)];
        query = query.where(({ eb, or }) => or([eb('address', 'like', like), eb('hash', 'in', hashes)]));
      }
      if (cursor) query = query.where('id', '<', cursor);
      const rows = await query
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return {
        items: await view(workspace, rows.slice(0, limit)),
        next_cursor: rows.length > limit ? rows[limit - 1]!.id : null,
      };
    },

    /** Those of some addresses. */
    async of(workspace: string, addresses: readonly string[]): Promise<Consent[]> {
      if (addresses.length === 0) return [];
      const hashes = addresses.flatMap((address) => hashesOf(engine, workspace, address));
      const rows = await rowsOf(workspace)
        .where(({ eb, or }) => or([eb('address', 'in', addresses.map(plain)), eb('hash', 'in', hashes)]))
        .orderBy('id')
        .execute();
      return view(workspace, rows);
    },

    /**
     * Says something for somebody. Where the program wants it confirmed, and it is not, an email asks them to.
     * @throws Problem 404 for no program; 409 `suppressed` where the address gets no emails at all
     */
    async give(workspace: string, given: Given): Promise<Consent> {
      const { email: address, program, status, person_id: profile } = given;
      await checkProgram(workspace, program, 'program');
      const reason = await suppressionOf(engine, db, workspace, address);
      if (status === 'subscribed' && reason) throw suppressed(address, reason);
      const at = engine.clock.now();
      const confirmedAt = given.confirmed_at === undefined ? undefined : new Date(given.confirmed_at);
      if (confirmedAt && confirmedAt > at) {
        throw new Problem(400, 'bad_input', 'confirmed_at: lies in the future', { field: 'confirmed_at' });
      }
      const said = { workspace, program, address, at, profile, how: confirmedAt ? 'import' : 'api' } as const;
      const id = await db.transaction().execute(async (trx) => {
        if (status === 'unsubscribed') {
          const left = await say(engine, trx, { ...said, status });
          if (profile !== undefined) await unsubscribing.tell(trx, { workspace, profile, program });
          return left.id;
        }
        const known = await rowsOf(workspace)
          .where('program', '=', program)
          .where('address', '=', plain(address))
          .executeTakeFirst();
        const sure = confirmedAt || (known?.status === 'subscribed' && known.confirmed_at);
        if (sure || !(await needsConfirming(trx, workspace, program)))
          return (await say(engine, trx, { ...said, status, confirmedAt })).id;
        const asked = await say(engine, trx, { ...said, status: 'pending' });
        await confirmations.ask(trx, asked.id);
        return asked.id;
      });
      confirmations.poke();
      const [consent] = await view(workspace, await rowsOf(workspace).where('id', '=', id).execute());
      return consent!;
    },

    /** @throws Problem 404 */
    async settings(workspace: string, program: string): Promise<{ double_opt_in: boolean }> {
      await checkProgram(workspace, program, 'id');
      return { double_opt_in: await needsConfirming(db, workspace, program) };
    },

    /** @throws Problem 404 */
    async change(workspace: string, program: string, { double_opt_in }: { double_opt_in: boolean }) {
      await checkProgram(workspace, program, 'id');
      await sql`
        INSERT INTO program_consents (workspace, program, double_opt_in)
        VALUES (${workspace}, ${program}, ${double_opt_in})
        ON CONFLICT (workspace, program) DO UPDATE SET double_opt_in = excluded.double_opt_in`.execute(db);
      return { double_opt_in };
    },
  };
}
export type Consents = ReturnType<typeof createConsents>;

const suppressed = (address: string, reason: string) =>
  new Problem(409, 'suppressed', `${address} is never written to: the address is suppressed.`, {
    field: 'email',
    hint:
      reason === 'unsubscribe'
        ? 'They unsubscribed from everything. The page that an unsubscribe link leads to takes it back, or remove the suppression when they ask you to.'
        : 'Remove the suppression first, if that is right.',
  });
