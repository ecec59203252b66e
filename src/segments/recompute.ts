import { createLoop, type Engine, type Loop } from '../engine/index.ts';
import { type ComputeOptions, type Computing, computeMembership, inOrder, roundOf } from './membership.ts';
import { dropOldScopes } from './round.ts';
import { asksAbout, referencesOf } from './rule.ts';
import type { SegmentRow, Store } from './store.ts';

export interface RecomputeOptions {
  /** Least milliseconds between two computations of a workspace. */
  pauseMs: number;
  /** A workspace rests at least this many times as long as computing it took, so that large ones leave room for others. */
  restFactor: number;
  /** Milliseconds until a workspace is tried again after one of its segments could not be computed. */
  retryMs: number;
  /** Rules relative to now are computed at least this often, milliseconds. */
  relativeMs: number;
}

export const recomputeDefaults: RecomputeOptions = {
  pauseMs: 1_000,
  restFactor: 4,
  retryMs: 30_000,
  relativeMs: 60_000,
};

/** What a computation writes into the log itself. */
const ownEvents = ['Segment Entered', 'Segment Left'];

/**
 * How often in a row a workspace is computed because of what computing it wrote. Rules about those events may drive each
 * other on for ever.
 */
const mostEchoes = 5;

export type ChangeListener = (workspace: string, segment: string, version: number) => void;

/** Keeps membership in step with the data: computes the workspaces that something happened in. */
export class Recompute {
  readonly #log: Engine['log'];
  readonly #computing: Computing;
  readonly #store: Store;
  readonly #options: RecomputeOptions;
  readonly #changed: ChangeListener;
  readonly #loop: Loop;
  readonly #dirty = new Set<string>();
  /** When a workspace may be computed again; on the process's own clock, since this is pace and not data. */
  readonly #restUntil = new Map<string, number>();
  /** How often a workspace was marked by its own events since anything else happened in it. */
  readonly #echoes = new Map<string, number>();
  #relativeAt = 0;

  constructor(
    engine: Engine,
    { messages, elsewhere }: Pick<Computing, 'messages' | 'elsewhere'>,
    store: Store,
    options: RecomputeOptions,
    changed: ChangeListener,
  ) {
    this.#log = engine.log;
    this.#computing = { clickhouse: engine.clickhouse, clock: engine.clock, messages, elsewhere };
    this.#store = store;
    this.#options = options;
    this.#changed = changed;
    this.#loop = createLoop({
      name: 'segments',
      everyMs: 100,
      log: engine.log,
      run: (signal) => this.#run(signal),
    });
  }

  async start(): Promise<void> {
    await dropOldScopes(this.#computing.clickhouse);
    for (const workspace of await this.#store.workspaces(false)) this.#dirty.add(workspace);
    this.#relativeAt = performance.now();
    this.#loop.start();
  }

  stop = (): Promise<void> => this.#loop.stop();

  /** Something happened in a workspace. */
  mark(workspace: string): void {
    this.#echoes.delete(workspace);
    this.#dirty.add(workspace);
  }

  /** The workspace is to be computed now, whether it rested or not: somebody changed a rule and watches. */
  hurry(workspace: string): void {
    this.#restUntil.delete(workspace);
    this.mark(workspace);
    this.#loop.poke();
  }

  /** Computes all segments of a workspace, those too that others are computing. Rejects when one failed. */
  async now(workspace: string): Promise<void> {
    const { failed } = await this.workspace(workspace, { wait: true });
    if (failed === 0) return;
    this.#dirty.add(workspace);
    throw new Error(`${failed} segments of the workspace ${workspace} could not be computed`);
  }

  /**
   * Computes all segments of a workspace, each after those it refers to. One that fails is logged and does not stop
   * the others.
   *
   * @returns how many failed, and how many others were computing
   */
  async workspace(
    workspace: string,
    options: Pick<ComputeOptions, 'signal' | 'wait'> = {},
  ): Promise<{ failed: number; busy: number }> {
    const outcome = { failed: 0, busy: 0 };
    const segments = inOrder(await this.#store.list(workspace));
    if (segments.length === 0) return outcome;
    const round = await roundOf(this.#computing, this.#store, workspace);
    try {
      await this.#each(workspace, segments, { ...options, round }, outcome);
    } finally {
      await round.close();
    }
    return outcome;
  }

  async #each(
    workspace: string,
    segments: readonly SegmentRow[],
    options: Pick<ComputeOptions, 'signal' | 'wait' | 'round'>,
    outcome: { failed: number; busy: number },
  ): Promise<void> {
    const { signal, round } = options;
    let announced = false;
    const compute = async ({ id, name }: SegmentRow) => {
      signal?.throwIfAborted();
      const changed = (version: number) => {
        announced = true;
        this.#changed(workspace, id, version);
      };
      try {
        const all = { ...options, changed };
        const computed = await computeMembership(this.#computing, this.#store, workspace, id, all);
        if (computed === 'busy') outcome.busy++;
      } catch (err) {
        signal?.throwIfAborted();
        this.#log.error({ err, workspace, segment: id }, `segment ${name} could not be computed`);
        outcome.failed++;
      }
    };
    const refers = ({ rule }: SegmentRow) => referencesOf(rule).length > 0;
    // Of few people one is asked while another is announced: that is mostly waiting for the log.
    const alone = segments.filter((one) => !refers(one));
    await inLanes(alone, round?.copies ? 2 : 1, compute);
    await inLanes(segments.filter(refers), 1, compute);
    if (!announced) this.#echoes.delete(workspace);
    else if (segments.some(({ rule }) => asksAbout(rule, ownEvents))) this.#echo(workspace);
  }

  /** The announcements of a computation are messages too, and a rule asks about them. */
  #echo(workspace: string): void {
    const echoes = (this.#echoes.get(workspace) ?? 0) + 1;
    this.#echoes.set(workspace, echoes);
    if (echoes <= mostEchoes) this.#dirty.add(workspace);
    else if (echoes === mostEchoes + 1)
      this.#log.warn({ workspace }, 'segments about entering and leaving segments change each other');
  }

  async #run(signal: AbortSignal): Promise<boolean> {
    await this.#markRelative();
    for (const workspace of [...this.#dirty]) {
      const started = performance.now();
      if ((this.#restUntil.get(workspace) ?? 0) > started) continue;
      this.#dirty.delete(workspace);
      let outcome = { failed: 1, busy: 0 };
      try {
        outcome = await this.workspace(workspace, { signal });
      } finally {
        // Another computation may have begun before the news.
        if (outcome.failed + outcome.busy > 0) this.#dirty.add(workspace);
        const now = performance.now();
        const { pauseMs, restFactor, retryMs } = this.#options;
        const rest = Math.max(pauseMs, restFactor * (now - started), outcome.failed > 0 ? retryMs : 0);
        this.#restUntil.set(workspace, now + rest);
      }
    }
    return false;
  }

  async #markRelative(): Promise<void> {
    const now = performance.now();
    if (now - this.#relativeAt < this.#options.relativeMs) return;
    this.#relativeAt = now;
    for (const [workspace, until] of this.#restUntil) if (until < now) this.#restUntil.delete(workspace);
    for (const workspace of await this.#store.workspaces(true)) this.#dirty.add(workspace);
  }
}

/** Does all in order, so many at a time. When one fails, those that were begun are waited for. */
async function inLanes<T>(all: readonly T[], lanes: number, each: (one: T) => Promise<void>): Promise<void> {
  const queue = [...all];
  const lane = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await each(one);
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
