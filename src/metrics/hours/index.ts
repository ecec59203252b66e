import { createLoop, type Engine } from '../../engine/index.ts';
import { Builder, type Work } from './builder.ts';
import { clean } from './clean.ts';
import { type Cover, coverOf } from './cover.ts';
import { asOnlyBuilder, type StillMine } from './exclusive.ts';

export type { Cover } from './cover.ts';

/** Counts hours and sessions ahead, in the background. */
export interface Hours {
  start(): void;
  stop(): Promise<void>;
  /** Something arrived: look soon. */
  poke(): void;
  /**
   * Counts until nothing is left to count, whether hours are quiet or not, sessions of open hours included.
   * Hours that are not over stay open. For tests.
   */
  settle(): Promise<void>;
  /** What of the hours from `from` (its hour's beginning) up to `to` is counted ahead. Cheap: asked before each question. */
  cover(workspace: string, from: Date, to: Date): Promise<Cover>;
  /**
   * Takes away what counts no longer, now and from the disk: after an erasure, when the hours it touched are counted
   * again.
   */
  clean(): Promise<void>;
}

export interface HoursOptions {
  /** Resolves when everything that was acknowledged before the call is in `events` and `hour_marks`. */
  barrier: () => Promise<void>;
}

/** Milliseconds from one look to the next, at the least. Each waits nine times as long as the last one took, if that is more. */
const pace = { sessions: 2_000, hours: 10_000, clean: 10 * 60_000 };

export function createHours(engine: Engine, { barrier }: HoursOptions): Hours {
  const { clickhouse, clock } = engine;
  const builder = new Builder(engine, barrier);
  const stopping = new AbortController();
  const due = { sessions: 0, hours: 0, clean: performance.now() + pace.clean };
  let news = true;
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other in this process, and the only builder of all processes. Undefined: another process is at it. */
  function alone<T>(work: (stillMine: StillMine) => Promise<T>): Promise<T | undefined> {
    const mine = last.then(() =>
      asOnlyBuilder(engine.postgres, async (stillMine) => {
        await builder.begin(stopping.signal);
        return work(stillMine);
      }),
    );
    last = mine.catch(() => {});
    return mine;
  }

  /** Does it when it is time, and says when it is time again: so that it takes a tenth of the time at most. */
  async function paced(what: keyof typeof pace, work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    if (began < due[what]) return;
    await work();
    const ended = performance.now();
    due[what] = ended + Math.max(pace[what], 9 * (ended - began));
  }

  async function openSessions(signal: AbortSignal, stillMine: StillMine): Promise<void> {
    // With a server, others append too, and nobody tells.
    if (!news && clickhouse.embedded) return;
    await paced('sessions', async () => {
      news = false;
      try {
        await builder.buildOpenSessions(signal, stillMine);
      } catch (error) {
        news = true;
        throw error;
      }
    });
  }

  async function closeHours(signal: AbortSignal, stillMine: StillMine): Promise<void> {
    let work: Work | undefined;
    await paced('hours', async () => {
      work = await builder.lookForHours(signal);
    });
    if (!work) return;
    for (const chunk of work.chunks) {
      await builder.countHours(chunk, signal, stillMine);
      // History being counted is no reason for today's sessions to wait.
      await openSessions(signal, stillMine);
    }
    work.done();
    if (work.more) due.hours = 0;
  }

  const loop = createLoop({
    name: 'metrics: hours',
    everyMs: 1_000,
    log: engine.log,
    run: async (signal) => {
      const now = performance.now();
      const sessionsDue = now >= due.sessions && (news || !clickhouse.embedded);
      if (!sessionsDue && now < due.hours && now < due.clean) return false;
      await alone(async (stillMine) => {
        await openSessions(signal, stillMine);
        await closeHours(signal, stillMine);
        await paced('clean', async () => {
          while (await clean(clickhouse, signal));
        });
      });
      return false;
    },
  });

  /** For who cannot leave it to another process. */
  async function insist(work: (stillMine: StillMine) => Promise<true>): Promise<void> {
    while (!(await alone(work))) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  return {
    start: () => loop.start(),
    async stop() {
      stopping.abort();
      await loop.stop();
      await last;
    },
    poke() {
      news = true;
    },
    settle: () =>
      insist(async (stillMine) => {
        await barrier();
        for (;;) {
          const { chunks } = await builder.lookForHours(stopping.signal, true);
          for (const chunk of chunks) await builder.countHours(chunk, stopping.signal, stillMine);
          if (chunks.length === 0) break;
        }
        await builder.buildOpenSessions(stopping.signal, stillMine, true);
        return true;
      }),
    cover: (workspace, from, to) => coverOf(clickhouse, workspace, { from, to, now: clock.now() }),
    clean: () =>
      insist(async () => {
        while (await clean(clickhouse, stopping.signal, true));
        return true;
      }),
  };
}
