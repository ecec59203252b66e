import { randomUUID } from 'node:crypto';
import { type Job, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { Postgres } from './postgres/index.ts';

/** Work that survives a restart and is shared by all processes on the database (pg-boss, schema `pgboss`). */
export interface Jobs {
  /** Makes the schema and begins. `handle` and `enqueue` do it by themselves if it was not called. */
  start(): Promise<void>;
  /**
   * Runs the queue's jobs in this process. A run that throws is logged and repeated with growing pauses; a job is
   * run at least once, so `run` must bear repetition. Its signal aborts on expiry and stop.
   */
  handle<T extends object>(
    queue: string,
    options: HandleOptions,
    run: (data: T, signal: AbortSignal) => Promise<void>,
  ): Promise<void>;
  /** Puts a job into the queue; durable when it resolves. */
  enqueue(queue: string, data: object, options?: EnqueueOptions): Promise<void>;
  /** Takes no more jobs and waits for those under way, at most 5 s; what is then unfinished is run again later. */
  stop(): Promise<void>;
}

export interface HandleOptions {
  /** Jobs of the queue at once in this process. Default 1. */
  concurrency?: number;
  /** Repetitions after a failed run before the job is given up. Default 5. */
  retryLimit?: number;
  /** A run longer than this counts as failed. Default 1 hour. */
  expireSeconds?: number;
}

export interface EnqueueOptions {
  /**
   * At most one job with the key waits in the queue; another one is dropped. A job under way does not count, so
   * that news which comes in during its run is not lost.
   */
  singletonKey?: string;
  /** Not before this instant, or not before so many seconds from now. */
  startAfter?: Date | number;
  /** For this job instead of the queue's. */
  retryLimit?: number;
}

const RETRY_LIMIT = 5;
const EXPIRE_SECONDS = 3_600;
const LONGEST_RETRY_PAUSE_SECONDS = 300;
/** A job whose process died on a shared server is given to another after so long. */
const HEARTBEAT_SECONDS = 30;
const STOP_WITHIN_MS = 5_000;

export function createJobs(postgres: Postgres, log: Logger): Jobs {
  const boss = new PgBoss({
    ...postgres.poolConfig,
    application_name: 'rapport-jobs',
    schema: 'pgboss',
    max: 3,
    // Workers are woken at once; polling is what remains when a notification is lost.
    useListenNotify: true,
    // Nothing is scheduled through it.
    schedule: false,
    monitorIntervalSeconds: 30,
    superviseIntervalSeconds: 30,
  });
  boss.on('error', (error) => log.error({ err: error }, 'a background job failed outside of its run'));
  boss.on('warning', (warning) => log.debug({ warning }, 'pg-boss warns'));

  let starting: Promise<void> | undefined;
  const queues = new Map<string, Promise<void>>();

  const start = () => {
    starting ??= begin();
    return starting;
  };

  async function begin() {
    await boss.start();
    if (postgres.embedded) await releaseOrphans(postgres, log);
  }

  /** Makes the queue if it is not there; options given by its handler win. */
  function queueMade(queue: string, options?: HandleOptions): Promise<void> {
    const made = queues.get(queue);
    if (made && !options) return made;
    const settings = {
      retryLimit: options?.retryLimit ?? RETRY_LIMIT,
      expireInSeconds: options?.expireSeconds ?? EXPIRE_SECONDS,
      retryBackoff: true,
      retryDelay: 1,
    };
    const making = (async () => {
      await made;
      await boss.createQueue(queue, {
        ...settings,
        policy: 'short',
        notify: true,
        retryDelayMax: LONGEST_RETRY_PAUSE_SECONDS,
        heartbeatSeconds: HEARTBEAT_SECONDS,
      });
      if (options) await boss.updateQueue(queue, settings);
    })();
    queues.set(queue, making);
    making.catch(() => queues.delete(queue));
    return making;
  }

  async function addWorker(queue: string, run: Run): Promise<void> {
    const id: Promise<string> = boss.work(
      queue,
      { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1 },
      async (jobs: Job<object>[]) => {
        try {
          for (const job of jobs) await logged(log, queue, job, run);
        } finally {
          // Else the next job would wait for the next poll, though it lies there already.
          boss.notifyWorker(await id);
        }
      },
    );
    await id;
  }

  return {
    start,
    async handle(queue, options, run) {
      await start();
      await queueMade(queue, options);
      for (let n = options.concurrency ?? 1; n > 0; n--) await addWorker(queue, run as Run);
    },
    async enqueue(queue, data, { singletonKey, startAfter, retryLimit } = {}) {
      await start();
      await queueMade(queue);
      await boss.send(queue, data, {
        // The queue's policy counts all jobs without a key as of one key.
        singletonKey: singletonKey ?? randomUUID(),
        ...(startAfter !== undefined && { startAfter }),
        ...(retryLimit !== undefined && { retryLimit }),
      });
    },
    async stop() {
      if (!starting) return;
      await starting.catch(() => {});
      await boss.stop({ graceful: true, timeout: STOP_WITHIN_MS, close: true });
    },
  };
}

type Run = (data: object, signal: AbortSignal) => Promise<void>;

async function logged(log: Logger, queue: string, job: Job<object>, run: Run): Promise<void> {
  try {
    await run(job.data, job.signal);
  } catch (error) {
    log.error({ err: error, queue, job: job.id, attempt: job.retryCount + 1 }, `a job of ${queue} failed`);
    throw error;
  }
}

/**
 * Jobs that a killed process had under way would wait for their heartbeat to be missed. With the embedded server
 * there is no other process, so they go back at once, and the attempt does not count.
 */
async function releaseOrphans(postgres: Postgres, log: Logger): Promise<void> {
  const { rowCount } = await postgres.pool.query(
    `UPDATE pgboss.job SET state = 'retry', start_after = now(), started_on = NULL, heartbeat_on = NULL WHERE state = 'active'`,
  );
  if (rowCount) log.info({ jobs: rowCount }, 'jobs of a process that was killed are run again');
}
