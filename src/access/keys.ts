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
  created_at: Date;
  revoked_at: Date | null;
}

export interface KnownKey {
  id: string;
  workspace: string;
  kind: KeyKind;
  name: string;
  role: Role;
}

export interface Keys {
  /** Makes a key. The text is in this answer only: just its hash is kept. */
  create(workspace: string, kind: KeyKind, name: string, role: Role): Promise<KeyView & { key: string }>;
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

const hashOf = (text: string) => createHash('sha256').update(text).digest();

export function createKeys(engine: Engine): Keys {
  const db = engine.postgres.db.withTables<{ keys: KeysTable }>();
  const cache = new Map<string, { key: KnownKey | undefined; until: number }>();

  const view = (
    row: Pick<KeysTable, 'id' | 'kind' | 'name' | 'role' | 'prefix' | 'created_at'>,
  ): KeyView => ({
    id: row.id,
    kind: row.kind,
    name: row.name,
    role: row.role,
    prefix: row.prefix,
    created_at: row.created_at.toISOString(),
  });

  return {
    async create(workspace, kind, name, role) {
      const key = `${kind === 'write' ? 'rw' : 'ra'}_${randomBytes(24).toString('base64url')}`;
      const row = await db
        .insertInto('keys')
        .values({ workspace, kind, name, role, prefix: key.slice(0, 9), hash: hashOf(key) } as never)
        .returning(['id', 'kind', 'name', 'role', 'prefix', 'created_at'])
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
        .select(['id', 'workspace', 'kind', 'name', 'role'])
        .where('hash', '=', hashOf(text))
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      if (cache.size >= cacheSize) cache.clear();
      cache.set(text, { key, until: now + cacheMs });
      return key;
    },
  };
}
