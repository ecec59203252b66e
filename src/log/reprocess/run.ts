import { adhoc, type ClickHouse, type Clock, Problem } from '../../engine/index.ts';
import { processingVersion } from '../processing.ts';
import { chunkAt, daysOf, deriveInto, firstPosition, readBy } from './derive.ts';
import type { Step } from './schema.ts';
import type { Job, Store } from './store.ts';
import { joinKept, markHours, partitionsOf, rememberHours, swap, workspacesOf } from './swap.ts';
import {
  type Chain,
  chainsOf,
  createSideTables,
  dropSideTables,
  isWhole,
  sideOf,
  sideTables,
  viewsOf,
} from './tables.ts';
import type { Turn } from './turn.ts';
import { verify } from './verify.ts';

/** What a reprocessing needs of the log. */
export interface Processing {
  /** Resolves when everything accepted before is in the views. */
  processed(): Promise<void>;
  /** The views get nothing new while `work` runs. */
  pause<T>(work: () => Promise<T>): Promise<T>;
  /** Tells who listens to the log that these workspaces have something new. */
  changed(workspaces: ReadonlySet<string>): Promise<void>;
}

export interface Run {
  clickhouse: ClickHouse;
  clock: Clock;
  store: Store;
  turn: Turn;
  processing: Processing;
  signal?: AbortSignal;
  /** Messages of one chunk, at most; for tests. */
  chunk?: number;
  /** See Swapping. */
  graceMs?: number;
  /** Tests interrupt here; the name says what was just done. */
  interrupt?: (done: string) => void;
}

class Stopped extends Error {}

/**
 * Takes one reprocessing to its end, from wherever it stands. It may be killed at any line and run again: each step
 * is repeated from its last saved position, and repeating gives the same.
 *
 * @returns the job when it is done; undefined when it was cancelled, or stopped by the signal
 */
export async function runReprocessing(run: Run, job: Job): Promise<Job | undefined> {
  try {
    let now = await began(run, job);
    while (now.status === 'running') {
      run.signal?.throwIfAborted();
      now = await doStep[now.step](run, now);
      run.interrupt?.(`${now.step} begun`);
    }
    return now;
  } catch (error) {
    if (error instanceof Stopped || run.signal?.aborted) return undefined;
    throw error;
  }
}

/** Another version of the processing, or side tables that are gone: what was derived does not count. */
async function began(run: Run, job: Job): Promise<Job> {
  const over = job.step === 'mark' || job.step === 'clear';
  const there = await sideTables(run.clickhouse);
  const complete = viewsOf(job).every((view) => there.includes(sideOf(view)));
  const again = !over && (job.version !== processingVersion || !complete);
  return save(run, job, {
    status: 'running',
    started_at: job.started_at ?? run.clock.now(),
    ...(again ? { step: 'prepare' as const } : {}),
    // What came while it waited may have been derived by the processing before this one.
    ...(again && isWhole(job) ? { until_at: run.clock.now() } : {}),
  });
}

async function save(run: Run, job: Job, change: Parameters<Store['save']>[1]): Promise<Job> {
  const saved = await run.store.save(job.id, change);
  if (!saved) throw new Stopped();
  return saved;
}

type DoStep = (run: Run, job: Job) => Promise<Job>;

const doStep: Record<Step, DoStep> = {
  async prepare(run, job) {
    const { clickhouse } = run;
    await run.turn.take(async () => {
      await dropSideTables(clickhouse);
      run.interrupt?.('side tables dropped');
      await createSideTables(clickhouse, job);
    });
    const days = await Promise.all(chainsOf(job).map(({ step }) => daysOf(clickhouse, readBy(job, step))));
    const counts = days.map((some) => some.reduce((sum, day) => sum + day.messages, 0));
    await refuseWithoutSpace(clickhouse, job, counts[0] ?? 0);
    return save(run, job, {
      step: 'events',
      version: processingVersion,
      position: firstPosition(days[0] ?? []),
      messages: counts.reduce((sum, count) => sum + count, 0),
      messages_done: 0,
      partitions: null,
      joined_at: null,
      caught_up_at: null,
      verified: null,
    });
  },

  events: (run, job) => deriveAll(run, job, 'events'),
  profiles: (run, job) => deriveAll(run, job, 'profiles'),

  async verify(run, job) {
    const verified = await verify(run.clickhouse, job, run.turn.take, run.signal);
    return save(run, job, { step: 'join', verified, attempts: 0 });
  },

  async join(run, job) {
    // What arrives from here on is caught up with; everything before is in the views when they are linked.
    let now = await save(run, job, { joined_at: run.clock.now(), caught_up_at: null });
    await run.processing.processed();
    run.interrupt?.('joining');
    now = await save(run, now, { partitions: await partitionsOf(run.clickhouse, now) });
    await run.turn.take(() => rememberHours(run.clickhouse, now));
    run.interrupt?.('hours remembered');
    const trimmed = await run.store.trimmed();
    for (const view of viewsOf(now)) {
      run.signal?.throwIfAborted();
      await run.turn.take(() => joinKept(run.clickhouse, now, view, trimmed));
      run.interrupt?.(`${view} joined`);
    }
    return save(run, now, { step: 'swap' });
  },

  async swap(run, job) {
    const { clickhouse, clock, processing, signal, interrupt, graceMs } = run;
    const caughtUp = await run.turn.take(() =>
      swap({ clickhouse, now: () => clock.now(), pause: processing.pause, signal, interrupt, graceMs }, job),
    );
    interrupt?.('swapped');
    return save(run, job, { step: 'mark', caught_up_at: caughtUp });
  },

  async mark(run, job) {
    await run.turn.take(() => markHours(run.clickhouse, job));
    run.interrupt?.('marked');
    await run.processing.changed(await workspacesOf(run.clickhouse, job));
    return save(run, job, { step: 'clear' });
  },

  async clear(run, job) {
    await run.turn.take(() => dropSideTables(run.clickhouse));
    run.interrupt?.('cleared');
    return save(run, job, { status: 'done', finished_at: run.clock.now(), error: null });
  },
};

async function deriveAll(run: Run, job: Job, step: Chain['step']): Promise<Job> {
  const { clickhouse, signal } = run;
  const [chain, next] = chainsOf(job).slice(step === 'events' ? 0 : 1);
  const which = readBy(job, step);
  const days = await daysOf(clickhouse, which);
  const started = performance.now();
  const before = job.messages_done;
  let now = job;
  while (chain && now.position) {
    signal?.throwIfAborted();
    const from = now.position;
    now = await run.turn.take(async () => {
      const chunk = await chunkAt(clickhouse, which, days, from, run.chunk);
      await deriveInto(clickhouse, now, chain, chunk.condition, signal);
      run.interrupt?.(`${step} chunk derived`);
      const done = now.messages_done + chunk.messages;
      return save(run, now, {
        position: chunk.next,
        messages_done: done,
        per_second: (done - before) / Math.max(0.001, (performance.now() - started) / 1_000),
        // It got on, but goes on as carefully as it had to.
        attempts: Math.min(1, now.attempts),
      });
    });
    run.interrupt?.(`${step} chunk saved`);
  }
  return save(run, now, {
    step: next?.step ?? 'verify',
    position: next ? firstPosition(await daysOf(clickhouse, readBy(job, next.step))) : null,
  });
}

/** The side tables take as much room as what they replace. */
async function refuseWithoutSpace(clickhouse: ClickHouse, job: Job, messages: number): Promise<void> {
  const { rows, bytes, known, free } = await clickhouse.row<
    Record<'rows' | 'bytes' | 'known' | 'free', number>
  >(
    adhoc(
      'reprocess_space',
      `SELECT
           (SELECT sum(rows) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'messages') AS rows,
           (SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND table IN ('events', 'person_events')) AS bytes,
           (SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()
                AND table IN ('profile_attributes', 'people', 'people_texts', 'profile_places', 'identities', 'identity_owners')) AS known,
           (SELECT min(free_space) FROM system.disks) AS free`,
    ),
  );
  // Twice: what merges is there twice for a while.
  const needed = 2 * (bytes * Math.min(1, messages / Math.max(1, rows)) + (job.profiles ? known : 0));
  if (needed < free) return;
  const gigabytes = (n: number) => `${(n / 1e9).toFixed(1)} GB`;
  throw new Problem(
    409,
    'no_space',
    `Reprocessing needs about ${gigabytes(needed)} of disk beside what is there; ${gigabytes(free)} are free.`,
    { hint: 'Reprocess a shorter range, one after the other.' },
  );
}
