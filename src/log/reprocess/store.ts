import { type Generated, type Selectable, sql } from 'kysely';
import type { Engine } from '../../engine/index.ts';
import type { Reprocessing, Step, Verification } from './schema.ts';

/** A place in the log, in its own order within a day of receipt. */
export interface Position {
  /** 20260131 */
  day: number;
  /** Everything before this workspace, and of it before this time (milliseconds), is derived. Null: nothing of the day. */
  workspace: string | null;
  at: number;
}

interface ReprocessingsTable {
  id: Generated<string>;
  workspace: string | null;
  from_at: Date;
  until_at: Date;
  profiles: boolean;
  asked_by: string;
  status: Generated<Reprocessing['status']>;
  step: Generated<Step>;
  version: number | null;
  position: Position | null;
  messages: Generated<number>;
  messages_done: Generated<number>;
  per_second: number | null;
  verified: Verification | null;
  partitions: string[] | null;
  joined_at: Date | null;
  caught_up_at: Date | null;
  attempts: Generated<number>;
  error: string | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

export type Job = Selectable<ReprocessingsTable>;
export type Store = ReturnType<typeof openStore>;
type New = Pick<Job, 'workspace' | 'from_at' | 'until_at' | 'profiles' | 'asked_by'>;
type Change = Partial<Omit<Job, 'id' | 'workspace' | 'from_at' | 'created_at'>>;

/** Reprocessings in PostgreSQL. */
export function openStore({ postgres, clock }: Pick<Engine, 'postgres' | 'clock'>) {
  const db = postgres.db.withTables<{ reprocessings: ReprocessingsTable }>();
  const json = (value: unknown) => sql`${value == null ? null : JSON.stringify(value)}::jsonb` as never;
  /** `undefined` workspace: the instance itself asks, and sees all. */
  const seenBy = (workspace: string | undefined) => {
    const all = db.selectFrom('reprocessings').selectAll();
    return workspace === undefined
      ? all
      : all.where((row) => row.or([row('workspace', '=', workspace), row('workspace', 'is', null)]));
  };

  return {
    create: (row: New): Promise<Job> =>
      db
        .insertInto('reprocessings')
        .values({ ...row, created_at: clock.now() } as never)
        .returningAll()
        .executeTakeFirstOrThrow(),

    find: (workspace: string | undefined, id: string): Promise<Job | undefined> =>
      seenBy(workspace).where('id', '=', id).executeTakeFirst(),

    list: (workspace: string | undefined): Promise<Job[]> =>
      seenBy(workspace).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(100).execute(),

    /** The one under way, else the one asked for first. */
    next: (): Promise<Job | undefined> =>
      db
        .selectFrom('reprocessings')
        .selectAll()
        .where('status', 'in', ['running', 'queued'])
        .orderBy('status', 'desc')
        .orderBy('created_at')
        .orderBy('id')
        .limit(1)
        .executeTakeFirst(),

    /** Writes how far it is. Undefined when it was cancelled or finished meanwhile: then nothing is written. */
    async save(id: string, { position, verified, ...change }: Change): Promise<Job | undefined> {
      return db
        .updateTable('reprocessings')
        .set({
          ...change,
          ...(position === undefined ? {} : { position: json(position) }),
          ...(verified === undefined ? {} : { verified: json(verified) }),
        })
        .where('id', '=', id)
        .where('status', 'in', ['running', 'queued'])
        .returningAll()
        .executeTakeFirst();
    },

    /** Workspaces whose oldest messages are deleted, or about to be. */
    trimmed: async (): Promise<string[]> => {
      const { rows } = await sql<{ workspace: string }>`
        SELECT workspace FROM retentions WHERE deleted_to IS NOT NULL OR deleting_to IS NOT NULL`.execute(db);
      return rows.map(({ workspace }) => workspace);
    },

    /** False when it is past the point of no return, or not under way. */
    async cancel(id: string): Promise<boolean> {
      const done = await db
        .updateTable('reprocessings')
        .set({ status: 'cancelled', finished_at: clock.now() })
        .where('id', '=', id)
        .where('status', 'in', ['running', 'queued'])
        .where('step', 'not in', ['swap', 'mark', 'clear'])
        .executeTakeFirst();
      return done.numUpdatedRows > 0n;
    },
  };
}

/** As the API answers it. */
export function present(job: Job): Reprocessing {
  const rate = job.per_second;
  const left = job.messages - job.messages_done;
  return {
    id: job.id,
    workspace: job.workspace,
    from: job.from_at.toISOString(),
    to: job.until_at.toISOString(),
    profiles: job.profiles,
    status: job.status,
    step: job.step,
    version: job.version,
    messages: job.messages,
    messages_done: Math.min(job.messages, job.messages_done),
    messages_per_second: rate === null ? null : Math.round(rate),
    seconds_left: job.status === 'running' && rate ? Math.max(0, Math.ceil(left / rate)) : null,
    verified: job.verified,
    error: job.error,
    created_at: job.created_at.toISOString(),
    started_at: job.started_at?.toISOString() ?? null,
    finished_at: job.finished_at?.toISOString() ?? null,
  };
}
