import { type Kysely, type Selectable, sql } from 'kysely';
import { createUses, type Engine, notFound, Problem } from '../engine/index.ts';
import type { HookStanding } from './hooks/index.ts';
import { type AccountKind, type Setup, setUp } from './kinds.ts';
import { limitColumns, viewLimits, viewUsage } from './limits.ts';
import {
  type Account,
  type AccountChange,
  type NewAccount,
  parseSender,
  type Sender,
  type Tracking,
} from './schema.ts';
import type { AccountsTable, DeliveryTables } from './tables.ts';
import { used } from './throttle.ts';

export type StoredAccount = Selectable<AccountsTable>;

/** How an account stands, for those who watch it. */
export interface AccountStanding {
  id: string;
  workspace: string;
  kind: AccountKind;
  name: string;
  /** By a person. */
  paused: boolean;
  /** Its provider refuses it: since when, and why. */
  stopped: { at: Date; reason: string } | null;
}

/** Half a second's worth: enough to ride out a short stall, and under 1 % of a minute's limit. */
const burstOf = (rate: number) => Math.max(1, rate / 2);

export function createAccounts(
  engine: Engine,
  workspaceName: (id: string) => Promise<string>,
  allowInternal: boolean,
  hooks: Pick<HookStanding, 'view'>,
) {
  const db = engine.postgres.db.withTables<DeliveryTables>();
  const uses = createUses('account', 'Give those steps another account first.');
  const listeners: ((account: string) => void)[] = [];
  const sealing = { seal: engine.secrets.seal, allowInternal };
  const changed = (account: string) => {
    for (const listener of listeners) listener(account);
  };

  async function get(workspace: string, id: string): Promise<StoredAccount> {
    const found = await db
      .selectFrom('accounts')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!found) throw notFound('account', id);
    return found;
  }

  /** The workspace's default account; the dev mailbox, made on first need, when there is none. */
  async function ensureDefault(workspace: string): Promise<StoredAccount> {
    const find = () =>
      db
        .selectFrom('accounts')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('is_default', '=', true)
        .executeTakeFirst();
    const found = await find();
    if (found) return found;
    const name = (await workspaceName(workspace)).replace(/["<>\\\r\n]/g, '').trim();
    const rate = 5_000;
    await db
      .insertInto('accounts')
      .values({
        workspace,
        name: 'Dev mailbox',
        kind: 'dev',
        sender: `${name || 'Shop'} <hello@example.com>`,
        settings: JSON.stringify({}) as never,
        rate_per_second: rate,
        burst: burstOf(rate),
        tokens: burstOf(rate),
        refilled_at: engine.clock.now(),
        paused_reason: null,
        is_default: true,
        created_at: engine.clock.now(),
      })
      .onConflict((on) => on.doNothing())
      .execute();
    return (await find()) ?? (await makeOldestDefault(workspace));
  }

  async function makeOldestDefault(workspace: string): Promise<StoredAccount> {
    await sql`
      UPDATE accounts SET is_default = true
      WHERE id = (SELECT id FROM accounts WHERE workspace = ${workspace} ORDER BY created_at, id LIMIT 1)`.execute(
      db,
    );
    return db
      .selectFrom('accounts')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('is_default', '=', true)
      .executeTakeFirstOrThrow();
  }

  const views = {
    get,
    ensureDefault,

    async byId(id: string): Promise<StoredAccount | undefined> {
      return db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();
    },

    async list(workspace: string): Promise<Account[]> {
      await ensureDefault(workspace);
      const rows = await db
        .selectFrom('accounts')
        .selectAll()
        .where('workspace', '=', workspace)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return Promise.all(rows.map(view));
    },

    /** The account a step names, or the workspace's default. */
    async sender(workspace: string, id?: string): Promise<Sender> {
      const row = id ? await get(workspace, id) : await ensureDefault(workspace);
      return {
        account: row.id,
        domain: parseSender(row.sender)?.domain ?? 'localhost',
        storesTemplates: row.kind === 'ses' || row.kind === 'dev',
      };
    },

    async create(workspace: string, given: NewAccount): Promise<Account> {
      await ensureDefault(workspace);
      const fresh = { settings: {}, secrets: {}, ...given };
      const setup = setUp(given.kind, { settings: {}, secrets: {} }, fresh, sealing);
      const burst = burstOf(given.rate_per_second);
      const row = await db.transaction().execute(async (trx) => {
        if (given.is_default) await clearDefault(trx, workspace);
        return trx
          .insertInto('accounts')
          .values({
            workspace,
            name: given.name,
            kind: given.kind,
            sender: given.from,
            ...columnsOf(setup),
            rate_per_second: given.rate_per_second,
            ...limitColumns(given.limits, undefined, engine.clock.now()),
            after_crash: given.after_crash,
            ...trackingColumns(given.tracking),
            burst,
            tokens: burst,
            refilled_at: engine.clock.now(),
            paused_reason: null,
            is_default: given.is_default,
            created_at: engine.clock.now(),
          })
          .onConflict((on) => on.columns(['workspace', 'name']).doNothing())
          .returningAll()
          .executeTakeFirst();
      });
      if (!row) throw nameTaken(given.name);
      return view(row);
    },

    async change(workspace: string, id: string, given: AccountChange): Promise<Account> {
      const before = await get(workspace, id);
      if (given.name && given.name !== before.name) {
        const taken = await db
          .selectFrom('accounts')
          .select('id')
          .where('workspace', '=', workspace)
          .where('name', '=', given.name)
          .executeTakeFirst();
        if (taken) throw nameTaken(given.name);
      }
      const after = await db.transaction().execute(async (trx) => {
        if (given.is_default) await clearDefault(trx, workspace);
        return trx
          .updateTable('accounts')
          .set(changesOf(before, given))
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow();
      });
      changed(id);
      return view(after);
    },

    async remove(workspace: string, id: string): Promise<void> {
      const found = await get(workspace, id);
      await uses.check(workspace, [found.id]);
      if (found.is_default) {
        throw new Problem(409, 'account_is_default', 'The default account cannot be deleted.', {
          hint: 'Make another account the default first.',
        });
      }
      const used = await db.selectFrom('emails').select('id').where('account', '=', id).limit(1).execute();
      if (used.length > 0) {
        throw new Problem(409, 'account_in_use', 'This account sent emails that are kept in the ledger.', {
          hint: 'Pause it instead.',
        });
      }
      await db.deleteFrom('accounts').where('id', '=', id).execute();
      changed(id);
    },

    /** Stops an account until a person does something about it. */
    async pause(id: string, reason: string): Promise<void> {
      await db
        .updateTable('accounts')
        .set({ status: 'paused', paused_reason: reason.slice(0, 500), stopped_at: engine.clock.now() })
        .where('id', '=', id)
        // Several emails may be refused at once, and a person may have been quicker.
        .where('status', '=', 'active')
        .execute();
      changed(id);
    },

    /** How all accounts stand that send to people, of every workspace. */
    async standing(): Promise<AccountStanding[]> {
      const rows = await db
        .selectFrom('accounts')
        .select(['id', 'workspace', 'kind', 'name', 'status', 'paused_reason', 'stopped_at'])
        .where('kind', 'not in', ['dev', 'null'])
        .execute();
      return rows.map(({ status, paused_reason, stopped_at, ...account }) => ({
        ...account,
        paused: status === 'paused' && stopped_at === null,
        stopped: stopped_at && { at: stopped_at, reason: paused_reason ?? '' },
      }));
    },

    addDeleteGuard: uses.add,
    onChange: (listener: (account: string) => void) => void listeners.push(listener),
  };
  return views;

  /** What may be shown: of secrets their names. */
  async function view(row: StoredAccount): Promise<Account> {
    const now = engine.clock.now();
    return {
      id: row.id,
      name: row.name,
      kind: row.kind,
      from: row.sender,
      settings: row.settings,
      secrets: Object.keys(row.secrets).sort(),
      rate_per_second: row.rate_per_second,
      limits: viewLimits(row),
      usage: viewUsage(row, await used(db, row.id, now), now),
      after_crash: row.after_crash,
      tracking: trackingOf(row),
      hook: await hooks.view(row.kind, row.id),
      status: row.status,
      paused_reason: row.paused_reason,
      is_default: row.is_default,
    };
  }

  function changesOf(before: StoredAccount, given: AccountChange) {
    const { rate_per_second: rate } = given;
    const setup = (given.settings || given.secrets) && setUp(before.kind, before, given, sealing);
    return {
      ...(given.name && { name: given.name }),
      ...(given.from && { sender: given.from }),
      ...(setup && columnsOf(setup)),
      ...(rate && { rate_per_second: rate, burst: burstOf(rate) }),
      ...limitColumns(given.limits, before, engine.clock.now()),
      ...(given.after_crash && { after_crash: given.after_crash }),
      ...trackingColumns(given.tracking),
      // Whoever resumes it knows better than what the provider said before.
      ...(given.status === 'active' && { slowed_to: 1, slowed_at: null, resumes_at: null }),
      ...(given.status && {
        status: given.status,
        paused_reason: given.status === 'paused' ? 'Paused by a person.' : null,
        stopped_at: null,
      }),
      ...(given.is_default && { is_default: true }),
      // Something is always set, so that an empty change is no error.
      workspace: before.workspace,
    };
  }
}
export type Accounts = ReturnType<typeof createAccounts>;

export const trackingOf = (row: Pick<StoredAccount, 'track_opens' | 'track_clicks'>): Tracking => ({
  opens: row.track_opens,
  clicks: row.track_clicks,
});

const trackingColumns = ({ opens, clicks }: Partial<Tracking> = {}) => ({
  ...(opens !== undefined && { track_opens: opens }),
  ...(clicks !== undefined && { track_clicks: clicks }),
});

const clearDefault = (trx: Kysely<DeliveryTables>, workspace: string) =>
  trx.updateTable('accounts').set({ is_default: false }).where('workspace', '=', workspace).execute();

const nameTaken = (name: string) =>
  new Problem(409, 'name_taken', `There is already an account named ${JSON.stringify(name)}.`, {
    field: 'name',
  });

const columnsOf = ({ settings, secrets }: Setup) => ({
  settings: JSON.stringify(settings) as never,
  secrets: JSON.stringify(secrets) as never,
});
