import { sql } from 'kysely';
import { adhoc, createLoop, type Engine, type Loop, notFound, Problem } from '../../engine/index.ts';
import { processingVersion } from '../processing.ts';
import { type Processing, type Run, runReprocessing } from './run.ts';
import type { Reprocessing } from './schema.ts';
import { type Job, openStore, present } from './store.ts';
import { JoinFailed } from './swap.ts';
import { dropSideTables, sideTables } from './tables.ts';
import { createTurn, type Turn } from './turn.ts';
import { VerificationFailed } from './verify.ts';

export type { Processing } from './run.ts';
export type { Reprocessing } from './schema.ts';
export { createTurn, type Turn } from './turn.ts';

/** The number of the advisory lock; the same in every process. */
const lock = 7_012_028;
/** Tries of a step that gets nowhere; with the loop's waits, some minutes. */
const mostAttempts = 8;

export interface Asked {
  /** Null: all workspaces. */
  workspace: string | null;
  /** By the time of receipt. */
  from?: Date | undefined;
  to?: Date | undefined;
  /** Attributes, identities and when people were seen too. Always when there is neither from nor to. */
  profiles?: boolean | undefined;
  by: string;
}

/** Derives past messages again with today's processing, while reads and writes go on. */
export interface Reprocess {
  start(): void;
  stop(): Promise<void>;
  /** Asks for it; the work is done in the background, one after the other. Throws 400 `empty_range`. */
  request(asked: Asked): Promise<Reprocessing>;
  /** `workspace` undefined: the instance asks, and sees all. */
  list(workspace: string | undefined): Promise<Reprocessing[]>;
  /** @throws Problem 404 */
  get(workspace: string | undefined, id: string): Promise<Reprocessing>;
  /** @throws Problem 404; 409 `too_late` when it is being swapped, or over. Nothing was changed when it succeeds. */
  cancel(workspace: string | undefined, id: string): Promise<Reprocessing>;
  /** The oldest processing of which there are events, when it is not today's. */
  pastVersion(): number | null;
  /** Resolves when nothing is under way. For tests. */
  idle(): Promise<void>;
}

export function createReprocess(
  engine: Engine,
  processing: Processing,
  turn: Turn = createTurn(engine),
  interrupt?: Run['interrupt'],
): Reprocess {
  const { clickhouse, clock, log } = engine;
  const store = openStore(engine);
  let past: number | null = null;
  let running: { id: string; abort: AbortController } | undefined;

  const loop: Loop = createLoop({
    name: 'reprocess',
    everyMs: 30_000,
    log,
    run: async (signal) => (await alone(() => once(signal))) ?? false,
  });

  /** One process reprocesses at a time. Undefined when another one is at it. */
  async function alone<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (clickhouse.embedded) return work();
    return engine.postgres.db.connection().execute(async (held) => {
      const { rows } = await sql<{ got: boolean }>`SELECT pg_try_advisory_lock(${lock}) AS got`.execute(held);
      if (!rows[0]?.got) return undefined;
      try {
        return await work();
      } finally {
        await sql`SELECT pg_advisory_unlock(${lock})`.execute(held).catch(() => {});
      }
    });
  }

  async function once(signal: AbortSignal): Promise<boolean> {
    const job = await store.next();
    if (!job) {
      if ((await sideTables(clickhouse)).length > 0) await turn.take(() => dropSideTables(clickhouse));
      await lookBack();
      return false;
    }
    const abort = new AbortController();
    running = { id: job.id, abort };
    const both = AbortSignal.any([signal, abort.signal]);
    const run = {
      clickhouse,
      clock,
      store,
      turn,
      processing,
      signal: both,
      ...(interrupt ? { interrupt } : {}),
    };
    try {
      const done = await runReprocessing(run, job);
      if (done) log.info({ id: done.id, messages: done.messages, verified: done.verified }, 'reprocessed');
    } catch (error) {
      await failed(job, error);
    } finally {
      running = undefined;
    }
    return true;
  }

  /** Gives up what cannot succeed; anything else is tried again. */
  async function failed(job: Job, error: unknown): Promise<void> {
    const saved = await store.find(undefined, job.id);
    const attempts = (saved?.attempts ?? 0) + 1;
    const hopeless =
      error instanceof VerificationFailed || error instanceof JoinFailed || error instanceof Problem;
    if (!hopeless && attempts < mostAttempts) {
      await store.save(job.id, { attempts });
      throw error;
    }
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ err: error, id: job.id }, 'a reprocessing failed; nothing more is tried');
    await store.save(job.id, { status: 'failed', error: reason.slice(0, 1_000), finished_at: clock.now() });
  }

  /** Which processing the past still has. */
  async function lookBack(): Promise<void> {
    const { version, rows } = await clickhouse.row<{ version: number; rows: number }>(
      adhoc('past_version', 'SELECT min(version) AS version, count() AS rows FROM events'),
    );
    const before = past;
    past = rows > 0 && version !== processingVersion ? version : null;
    if (past !== null && past !== before) {
      log.warn(
        { past_version: past, processing_version: processingVersion },
        `events of the past were derived by version ${past} of the processing; this is version ${processingVersion}. ` +
          'To derive them again: rapport reprocess (or Settings in the page). Reads and writes go on meanwhile.',
      );
    }
  }

  async function find(workspace: string | undefined, id: string): Promise<Job> {
    const job = await store.find(workspace, id);
    if (!job) throw notFound('reprocessing', id);
    return job;
  }

  return {
    start: () => loop.start(),
    stop: () => loop.stop(),

    async request({ workspace, from, to, profiles, by }) {
      const now = clock.now();
      const until = to && to < now ? to : now;
      if (from && from >= until) {
        throw new Problem(400, 'empty_range', 'from must lie before to, and not in the future.', {
          field: 'from',
        });
      }
      const job = await store.create({
        workspace,
        from_at: from ?? new Date(0),
        until_at: until,
        profiles: profiles ?? (!from && !to),
        asked_by: by,
      });
      loop.poke();
      return present(job);
    },

    list: async (workspace) => (await store.list(workspace)).map(present),
    get: async (workspace, id) => present(await find(workspace, id)),

    async cancel(workspace, id) {
      await find(workspace, id);
      if (!(await store.cancel(id))) {
        const { status } = await find(workspace, id);
        throw new Problem(
          409,
          'too_late',
          status === 'running'
            ? 'It is being swapped in, which takes a moment; it can no longer be cancelled.'
            : `This reprocessing is ${status}; there is nothing left to cancel.`,
        );
      }
      if (running?.id === id) running.abort.abort();
      loop.poke();
      return present(await find(workspace, id));
    },

    pastVersion: () => past,
    idle: () => loop.idle(),
  };
}
