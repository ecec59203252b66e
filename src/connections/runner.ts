import { createLoop, type Engine, type Loop } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import { audienceApi, type TagIds } from './audience.ts';
import { contactsOf } from './contacts.ts';
import { pushes } from './define.ts';
import { forgettingOf } from './erase.ts';
import { LeaseLost, Trouble } from './errors.ts';
import { createHttp, type HttpOptions, type Meter } from './http.ts';
import { type Claimed, claim, type Finished, finish, leaseMs, releaseAll, renew } from './leases.ts';
import { fieldsOf, mapperOf, pushed } from './map.ts';
import { type People, type PeopleHere, peopleOf } from './people.ts';
import { recordsOf } from './records.ts';
import { fullIsDue, nextRun, retryAt, retryUnasked } from './schedule.ts';
import type { Sink } from './sink.ts';
import { dataApiSink } from './sinks/data_api.ts';
import { mailchimpAudienceSink } from './sinks/mailchimp_audience.ts';
import { profilesSink } from './sinks/profiles.ts';
import type { Source } from './source.ts';
import { sourceOf as knownSource } from './sources/index.ts';
import type { Store } from './store.ts';
import { type Counts, noneYet, type Synced, sync } from './sync.ts';
import type { KnownTrouble } from './tables.ts';

export interface RunnerOptions {
  store: Store;
  log: Pick<Log, 'append' | 'processed' | 'erase'>;
  /** Who the people here are, as other rooms know it. */
  people: () => PeopleHere;
  timezoneOf: (workspace: string) => Promise<string>;
  /** Runs at once in this process. */
  concurrency: number;
  allowInternal: boolean;
  /** Tests read smaller pages. */
  sourceOf?: (kind: string) => Source | undefined;
  /** Tests wait less. */
  http?: Pick<HttpOptions, 'waitMs' | 'timeoutMs'>;
  /** Told when a run ended, whichever way. */
  ended?: (workspace: string) => void;
}

const lookMs = 500;
const beatMs = 5_000;
/** A worker that could not renew for this long stops by itself, before another takes over. */
const graceMs = leaseMs - 10_000;
/** A page that looks each second sees it move. */
const progressMs = 500;

/** This process as a worker: takes connections that are due, and runs them. */
export class Runner {
  readonly #engine: Engine;
  readonly #options: RunnerOptions;
  /** By the id of the run: a connection that was changed is run again while the run before ends. */
  readonly #running = new Map<string, { claimed: Claimed; abort: AbortController; done: Promise<void> }>();
  readonly #tagIds: TagIds = new Map();
  readonly #looking: Loop;
  #beating: NodeJS.Timeout | undefined;
  #beatAt = performance.now();
  /** When it last looked for work; what a heartbeat of the whole program asks. */
  lookedAt = performance.now();

  constructor(engine: Engine, options: RunnerOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#looking = createLoop({
      name: 'connections',
      everyMs: lookMs,
      log: engine.log,
      run: (signal) => this.#look(signal),
    });
  }

  async start(): Promise<void> {
    const { postgres } = this.#engine;
    if (postgres.embedded) await releaseAll(this.#options.store.db);
    this.#beating = setInterval(() => void this.#beat(), beatMs).unref();
    this.#looking.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.#beating);
    await this.#looking.stop();
    for (const { abort } of this.#running.values()) abort.abort(new Error('stopping'));
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  poke = (): void => this.#looking.poke();

  /** Stops what is running of it here; others notice when they renew. */
  interrupt(connection: string): void {
    for (const { claimed, abort } of this.#running.values())
      if (claimed.connection === connection) abort.abort(new LeaseLost());
  }

  /** Resolves when nothing is due and nothing runs. For tests. */
  async idle(): Promise<void> {
    do {
      this.poke();
      await this.#looking.idle();
      await Promise.all([...this.#running.values()].map(({ done }) => done));
    } while (this.#running.size > 0);
    await this.#looking.idle();
  }

  async #look(signal: AbortSignal): Promise<boolean> {
    const { store, concurrency } = this.#options;
    this.lookedAt = performance.now();
    const free = concurrency - this.#running.size;
    if (free <= 0) return false;
    const claimed = await claim(store.db, this.#engine.clock.now(), free);
    for (const one of claimed) {
      if (signal.aborted) return false;
      const abort = new AbortController();
      const done = this.#run(one, abort.signal)
        .catch((err) =>
          this.#engine.log.error({ err, connection: one.connection }, 'a run could not be ended'),
        )
        .finally(() => {
          this.#running.delete(one.run);
          this.#looking.poke();
        });
      this.#running.set(one.run, { claimed: one, abort, done });
    }
    return false;
  }

  /** A process that slept through its leases must not wake up and send what is old. */
  #mustHold(): void {
    if (performance.now() - this.#beatAt > graceMs) throw new LeaseLost();
  }

  async #beat(): Promise<void> {
    const held = [...this.#running.values()];
    if (held.length === 0) {
      this.#beatAt = performance.now();
      return;
    }
    const began = performance.now();
    try {
      const mine = await renew(
        this.#options.store.db,
        held.map(({ claimed }) => claimed),
        this.#engine.clock.now(),
      );
      this.#beatAt = began;
      for (const { claimed, abort } of held) if (!mine.has(claimed.run)) abort.abort(new LeaseLost());
    } catch (err) {
      this.#engine.log.warn({ err }, 'connections: the lease could not be renewed');
      if (performance.now() - this.#beatAt > graceMs)
        for (const { abort } of held) abort.abort(new LeaseLost());
    }
  }

  async #run(claimed: Claimed, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#engine;
    const { store, timezoneOf, ended } = this.#options;
    const { row } = claimed;
    const startedAt = clock.now();
    const meter: Meter = { calls: 0, bytes: 0 };
    const counts = noneYet();
    const next = nextRun(row.id, row, await timezoneOf(row.workspace), startedAt);
    const full =
      row.cursor === null || row.wanted === 'full' || fullIsDue(row.id, row.last_full_at, startedAt);
    const telling = this.#tell(claimed.run, () => runOf(full ? 'full' : 'incremental', meter, counts));
    try {
      const synced = await this.#sync(claimed, signal, full, meter, counts);
      clearInterval(telling);
      const change = {
        in_sync_as_of: synced.asOf,
        synced_at: startedAt,
        cursor: JSON.stringify(synced.cursor),
        trouble: null,
        failures: 0,
        next_run_at: next,
        ...(synced.kind === 'full'
          ? { last_full_at: startedAt, wanted: 'incremental', removals_confirmed: false }
          : {}),
      };
      await finish(
        store.db,
        claimed,
        {
          status: 'done',
          ...runOf(synced.kind, meter, synced.counts),
          asOf: synced.asOf,
          change,
        },
        clock.now(),
      );
    } catch (error) {
      clearInterval(telling);
      const end = runOf(full ? 'full' : 'incremental', meter, counts);
      await finish(store.db, claimed, this.#failed(claimed, error, end, next, signal), clock.now());
      if (!signal.aborted) log.warn({ err: error, connection: row.id }, 'a sync failed');
    }
    ended?.(row.workspace);
  }

  /** Writes down how far it is, for those who look, until the timer is cleared. */
  #tell(run: string, so: () => ReturnType<typeof runOf>): NodeJS.Timeout {
    return setInterval(() => {
      this.#options.store.db
        .updateTable('connection_runs')
        .set(so())
        .where('id', '=', run)
        .where('status', '=', 'running')
        .execute()
        .catch((err) => this.#engine.log.debug({ err }, 'how far a sync is could not be written'));
    }, progressMs).unref();
  }

  #failed(
    { row }: Claimed,
    error: unknown,
    end: Omit<Finished, 'status' | 'change'>,
    next: Date,
    signal: AbortSignal,
  ): Finished {
    const now = this.#engine.clock.now();
    // Stopped, or taken over: it stays due.
    if (signal.aborted || error instanceof LeaseLost) return { ...end, status: 'cancelled', change: {} };
    const known = error instanceof Trouble ? error : undefined;
    const failures = row.failures + 1;
    const code = known?.code ?? 'failing';
    const trouble: KnownTrouble = {
      code,
      message:
        known?.message ?? `Something went wrong here: ${error instanceof Error ? error.message : error}`,
      hint: known?.hint ?? null,
      since: row.trouble?.code === code ? row.trouble.since : now.toISOString(),
    };
    const again =
      known && !known.passing ? retryUnasked(now) : retryAt(failures, next, now, known?.retryAfterMs);
    return {
      ...end,
      status: 'failed',
      trouble,
      change: { trouble: JSON.stringify(trouble), failures, next_run_at: again },
    };
  }

  #sync(claimed: Claimed, signal: AbortSignal, full: boolean, meter: Meter, counts: Counts): Promise<Synced> {
    const { clickhouse, clock, postgres, secrets } = this.#engine;
    const { log, allowInternal, http: waits, sourceOf = knownSource } = this.#options;
    const { row } = claimed;
    const source = sourceOf(row.kind);
    if (!source) throw new Trouble('misconfigured', `This version of Rapport has no source ${row.kind}.`);
    const now = () => clock.now();
    const open = (sealed: string | null) => (sealed === null ? {} : JSON.parse(secrets.open(sealed)));
    const [credentials, sinkSecrets] = [open(row.credentials), open(row.sink_credentials)];
    const hushed = [credentials, sinkSecrets.data_api ?? {}].flatMap((all) => Object.values<string>(all));
    const http = createHttp({
      ...{ signal, meter, now, allowInternal, secrets: hushed, mayI: () => this.#mustHold() },
      ...waits,
    });
    const ofTheList = row.mapping.fields.flatMap(({ field, attribute }) =>
      source.ofTheList.includes(field) ? [attribute] : [],
    );
    const records = recordsOf(postgres, claimed, now);
    const { holders } = records;
    const people = peopleOf(this.#options.people(), row.workspace);
    const mapping = row.kind === pushes ? pushed(row.mapping) : row.mapping;
    const sinks = row.sinks.map((sink): Sink => {
      if (sink.kind === 'mailchimp_audience') {
        return mailchimpAudienceSink({
          api: audienceApi(http, credentials.key, { list: sink.list, tagIds: this.#tagIds }),
          contacts: contactsOf(postgres, claimed),
          settings: sink,
          programs: once(async () => (row.settings.program_tags === true ? namesOf(people) : undefined)),
        });
      }
      if (sink.kind === 'data_api') return dataApiSink(http, sink, sinkSecrets.data_api ?? { secret: '' });
      const { membership } = sink;
      const to = { workspace: row.workspace, connection: row.id, membership, ofTheList, holders };
      return profilesSink({ clickhouse, log, now, ...to });
    });
    return sync({
      source,
      context: {
        settings: row.settings,
        credentials,
        fields: fieldsOf(row.mapping),
        ...{ http, people, now },
      },
      cursor: full ? undefined : row.cursor,
      since: row.cursor ?? undefined,
      records,
      sinks,
      map: mapperOf(mapping),
      forgetting: forgettingOf(this.#engine, log, row.workspace),
      now,
      signal,
      removalLimit: row.removals_confirmed ? Number.POSITIVE_INFINITY : row.removal_limit,
      counts,
    });
  }
}

/** Asked once a run. */
function once<T>(ask: () => T): () => T {
  let answer: { value: T } | undefined;
  return () => {
    answer ??= { value: ask() };
    return answer.value;
  };
}

const namesOf = async (people: People) =>
  new Set((await people.placesByProgram()).map(({ program }) => program));

/** A run as it is written down. */
const runOf = (kind: Synced['kind'], { calls, bytes }: Meter, { expected, ...counts }: Counts) => ({
  ...{ kind, calls, bytes, ...counts },
  // Of a list that changes while it is read, more are seen than there were.
  expected: expected === undefined ? null : Math.max(expected, counts.seen),
});
