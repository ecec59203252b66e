import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type Engine, notFound, Problem } from '../engine/index.ts';
import { noteLast } from './outbox.ts';
import type { Channel, ChannelChange, NewChannel, ShownIncident, Tested } from './schema.ts';
import { openSealed, type SendNeeds, sendTo } from './send.ts';
import type { AlertTables, ChannelRow, IncidentsTable, MembersTable } from './tables.ts';

const iso = (time: Date | null) => time?.toISOString() ?? null;

const view = (row: ChannelRow): Channel => ({
  ...{ id: row.id, name: row.name, kind: row.kind, target: row.target, paused: row.paused },
  arrived_at: iso(row.arrived_at),
  last_error: row.last_error,
  created_at: row.created_at.toISOString(),
});

/** Fields of a change that make no sense for a kind of channel. */
const foreign = { webhook: ['to'], slack: ['to', 'secret'], email: ['url', 'secret'] } as const;

/** Channels of a workspace, and what it may see of incidents. */
export function createStore(engine: Engine, needs: SendNeeds) {
  const { clock, secrets, baseUrl } = engine;
  const db = engine.postgres.db.withTables<AlertTables>();

  async function get(workspace: string, id: string): Promise<ChannelRow> {
    const row = await db
      .selectFrom('alert_channels')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw notFound('channel', id);
    return row;
  }

  return {
    async channels(workspace: string): Promise<Channel[]> {
      const rows = await db
        .selectFrom('alert_channels')
        .selectAll()
        .where('workspace', '=', workspace)
        .orderBy('name')
        .execute();
      return rows.map(view);
    },

    /** With the secret of a webhook, this once. */
    async add(workspace: string, given: NewChannel): Promise<Channel & { secret: string | null }> {
      const secret =
        given.kind === 'webhook' ? (given.secret ?? randomBytes(32).toString('base64url')) : null;
      const sealed =
        given.kind === 'email'
          ? null
          : secrets.seal(JSON.stringify({ url: given.url, ...(secret && { secret }) }));
      const row = await db
        .insertInto('alert_channels')
        .values({
          ...{ workspace, name: given.name, kind: given.kind, sealed },
          target: given.kind === 'email' ? given.to : new URL(given.url).host,
          arrived_at: null,
          last_error: null,
          created_at: clock.now(),
        })
        .onConflict((on) => on.columns(['workspace', 'name']).doNothing())
        .returningAll()
        .executeTakeFirst();
      if (!row) throw nameTaken();
      return { ...view(row), secret };
    },

    async change(workspace: string, id: string, change: ChannelChange): Promise<Channel> {
      const before = await get(workspace, id);
      const wrong = foreign[before.kind].find((field) => change[field] !== undefined);
      if (wrong) {
        throw new Problem(400, 'bad_channel', `A channel of the kind ${before.kind} has no ${wrong}.`, {
          field: wrong,
        });
      }
      const { name, paused, url, secret, to } = change;
      const target = to ?? (url && new URL(url).host);
      const sealed =
        url || secret
          ? { ...openSealed(engine, before.sealed), ...(url && { url }), ...(secret && { secret }) }
          : undefined;
      return db.transaction().execute(async (trx) => {
        const row = await trx
          .updateTable('alert_channels')
          .set({
            ...(name && { name }),
            ...(paused !== undefined && { paused }),
            ...(target && { target, last_error: null }),
            ...(sealed && { sealed: secrets.seal(JSON.stringify(sealed)) }),
          })
          .where('id', '=', before.id)
          .returningAll()
          .executeTakeFirstOrThrow()
          .catch((error: { code?: string }) => {
            throw error.code === '23505' ? nameTaken() : error;
          });
        // What waits is out of date when it goes on; what is wrong by then is reminded of.
        if (paused) {
          await trx
            .deleteFrom('alert_messages')
            .where('channel', '=', before.id)
            .where('status', '=', 'waiting')
            .execute();
        }
        return view(row);
      });
    },

    async remove(workspace: string, id: string): Promise<void> {
      await get(workspace, id);
      await db.deleteFrom('alert_channels').where('workspace', '=', workspace).where('id', '=', id).execute();
    },

    /** Sends a message now, and tells what became of it. */
    async test(workspace: string, id: string): Promise<Tested> {
      const channel = await get(workspace, id);
      const began = performance.now();
      const now = clock.now();
      const end = async (arrived: boolean, said: string): Promise<Tested> => {
        await noteLast(db, id, arrived ? null : said, now);
        return { arrived, said, took_ms: Math.round(performance.now() - began) };
      };
      const title = 'Test from Rapport';
      const text = `${title}.\nMessages about things that are not well come here.`;
      try {
        const said = await sendTo(needs, channel, randomUUID(), {
          ...{ type: 'test' as const, at: now.toISOString(), title, text, url: baseUrl },
          ...{ incident: null, subjects: [], more: 0 },
        });
        return await end(true, said);
      } catch (error) {
        return end(false, (error as Error).message);
      }
    },

    /** Newest first; `members`: how many of each. */
    async incidents(
      workspace: string,
      {
        open,
        id,
        limit,
        members,
      }: { open?: boolean | undefined; id?: string; limit: number; members: number },
    ): Promise<ShownIncident[]> {
      const { rows } = await sql<
        Omit<IncidentsTable, 'key' | 'workspace' | 'told_at' | 'well_since'> & {
          unwell: number;
          total: number;
          undelivered: number;
          members: (Pick<MembersTable, 'name' | 'path' | 'left_how'> &
            Record<'joined_at' | 'left_at', string>)[];
        }
      >`
        SELECT i.id, i.watch, i.kind, i.cause, i.needs_person, i.summary, i.message, i.hint, i.opened_at, i.closed_at,
          c.unwell, c.total, n.undelivered, coalesce(m.members, '[]') AS members
        FROM alert_incidents AS i,
        LATERAL (
          SELECT count(*)::int AS total, (count(*) FILTER (WHERE left_at IS NULL))::int AS unwell
          FROM alert_members WHERE incident = i.id) AS c,
        LATERAL (
          SELECT count(*)::int AS undelivered FROM alert_messages
          WHERE incident = i.id AND status <> 'arrived') AS n,
        LATERAL (
          SELECT jsonb_agg(f ORDER BY left_at IS NOT NULL, joined_at, name) AS members FROM (
            SELECT name, path, joined_at, left_at, left_how FROM alert_members WHERE incident = i.id
            ORDER BY left_at IS NOT NULL, joined_at, name LIMIT ${members}) AS f) AS m
        WHERE i.workspace = ${workspace} AND (${id ?? null}::uuid IS NULL OR i.id = ${id ?? null}::uuid)
          AND (${open ?? null}::boolean IS NULL OR (i.closed_at IS NULL) = ${open ?? null}::boolean)
        ORDER BY i.opened_at DESC, i.id LIMIT ${limit}`.execute(db);
      return rows.map((row) => ({
        ...row,
        opened_at: row.opened_at.toISOString(),
        closed_at: iso(row.closed_at),
        members: row.members.map(({ joined_at, left_at, ...member }) => ({
          ...member,
          joined_at: new Date(joined_at).toISOString(),
          left_at: left_at === null ? null : new Date(left_at).toISOString(),
        })),
      }));
    },
  };
}
export type Store = ReturnType<typeof createStore>;

const nameTaken = () =>
  new Problem(409, 'name_taken', 'There is a channel of that name already.', { field: 'name' });
