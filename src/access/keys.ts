import { createHash, randomBytes } from 'node:crypto';
import type { Engine } from '../engine/index.ts';
import { notFound } from '../engine/index.ts';
import type { KeyKind, KeyView, Role } from './schema.ts';

interface KeysTable {
  id: string;
  workspace: string;
  kind: KeyKind;
  name: string;
  role: Role;
  prefix: string;
  hash: Buffer;
  rate_limit: number | null;
  created_at: Date;
  revoked_at: Date | null;
}

export interface KnownKey {
  id: string;
  workspace: string;
  kind: KeyKind;
  name: string;
  role: Role;
  /** Messages a second a write key may send; null: no limit of its own. */
  rateLimit: number | null;
}

export interface Keys {
  /** Makes a key. The text is in this answer only: just its hash is kept. */
  create(
    workspace: string,
    kind: KeyKind,
    name: string,
    role: Role,
    rateLimit?: number | null,
  ): Promise<KeyView & { key: string }>;
  /** Takes effect within `cacheMs` in every process. */
  setRateLimit(workspace: string, id: string, rateLimit: number | null): Promise<KeyView>;
  list(workspace: string): Promise<KeyView[]>;
  /** The key stops working within `cacheMs` in every process. */
  revoke(workspace: string, id: string): Promise<void>;
  find(text: string): Promise<KnownKey | undefined>;
}

/** Keys are looked up for every request; what was found, or not found, is remembered this long. */
const cacheMs = 10_000;
const cacheSize = 10_000;

/** As `create` makes them. Anything else is no key, and is not remembered. */
const wellFormed = /^r[wa]_[\w-]{32}$/;

/** What of a key people see. */
const shown = ['id', 'kind', 'name', 'role', 'prefix', 'rate_limit', 'created_at'] as const;

const hashOf = (text: string) => createHash('sha256').update(text).digest();

export function createKeys(engine: Engine): Keys {
  const db = engine.postgres.db.withTables<{ keys: KeysTable }>();
  const cache = new Map<string, { key: KnownKey | undefined; until: number }>();

  const view = (row: Pick<KeysTable, (typeof shown)[number]>): KeyView => ({
    id: row.id,
    kind: row.kind,
    name: row.name,
    role: row.role,
    prefix: row.prefix,
    rate_limit: row.rate_limit,
    created_at: row.created_at.toISOString(),
  });

  return {
    async create(workspace, kind, name, role, rateLimit = null) {
      const key = `${kind === 'write' ? 'rw' : 'ra'}_${randomBytes(24).toString('base64url')}`;
      const row = await db
        .insertInto('keys')
        .values({
          workspace,
          kind,
          name,
          role,
          prefix: key.slice(0, 9),
          hash: hashOf(key),
          rate_limit: rateLimit,
        } as never)
        .returning(shown)
        .executeTakeFirstOrThrow();
      cache.clear();
      return { ...view(row), key };
    },

    async list(workspace) {
      const rows = await db
        .selectFrom('keys')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('revoked_at', 'is', null)
        .orderBy('created_at')
        .execute();
      return rows.map(view);
    },

    async setRateLimit(workspace, id, rateLimit) {
      const row = await db
        .updateTable('keys')
        .set({ rate_limit: rateLimit })
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .where('kind', '=', 'write')
        .where('revoked_at', 'is', null)
        .returning(shown)
        .executeTakeFirst();
      if (!row) throw notFound('write key', id);
      cache.clear();
      return view(row);
    },

    async revoke(workspace, id) {
      const done = await db
        .updateTable('keys')
        .set({ revoked_at: engine.clock.now() })
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      if (done.numUpdatedRows === 0n) throw notFound('key', id);
      cache.clear();
    },

    async find(text) {
      if (!wellFormed.test(text)) return undefined;
      const now = engine.clock.now().getTime();
      const known = cache.get(text);
      if (known && known.until > now) return known.key;
      const key = await db
        .selectFrom('keys')
        .select(['id', 'workspace', 'kind', 'name', 'role', 'rate_limit as rateLimit'])
        .where('hash', '=', hashOf(text))
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      if (cache.size >= cacheSize) cache.clear();
      cache.set(text, { key, until: now + cacheMs });
      return key;
    },
  };
}
