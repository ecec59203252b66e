import type { Logger } from 'pino';

/** Background work that reacts at once: one run at a time in a process. */
export interface Loop {
  /** Begins: runs at once, then every `everyMs`, and whenever poked. */
  start(): void;
  /** Asks for a run now; during a run, for another one after it. Cheap: call it for every piece of news. */
  poke(): void;
  /** Aborts the signal of the run under way and waits for its end. No run starts afterwards. */
  stop(): Promise<void>;
  /**
   * Resolves when there is nothing to do: no run under way, no poke waiting, and the last run said so
   * (returned false). Resolves when stopped too. Never rejects.
   */
  idle(): Promise<void>;
}

export interface LoopOptions {
  name: string;
  /** Milliseconds from the end of a run that found nothing to do to the next one. */
  everyMs: number;
  log: Logger;
  /** One run. Returns true to be called again at once (there is more), false when it found nothing more to do. */
  run: (signal: AbortSignal) => Promise<boolean>;
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/**
 * Makes a loop; it does nothing before `start()`. A run that throws is logged and tried again after
 * 1 s, doubling to 30 s; a poke does not shorten that wait, so a broken thing is not hammered.
 */
export function createLoop({ name, everyMs, log, run }: LoopOptions): Loop {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> | undefined;
  let started = false;
  let poked = false;
  let failures = 0;
  let waiting: (() => void)[] = [];

  const stopped = () => abort.signal.aborted;

  function settleIdle() {
    const resolve = waiting;
    waiting = [];
    for (const done of resolve) done();
  }

  function schedule(ms: number) {
    clearTimeout(timer);
    timer = setTimeout(begin, ms);
    timer.unref();
  }

  function begin() {
    if (current || stopped()) return;
    clearTimeout(timer);
    timer = undefined;
    current = runs().finally(() => {
      current = undefined;
      if (stopped()) return settleIdle();
      // A poke can arrive between the end of the last run and here.
      if (poked && failures === 0) return begin();
      if (failures === 0) settleIdle();
      schedule(failures === 0 ? everyMs : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1)));
    });
  }

  async function runs() {
    for (;;) {
      poked = false;
      try {
        const more = await run(abort.signal);
        failures = 0;
        if (stopped() || !(more || poked)) return;
      } catch (error) {
        if (stopped()) return;
        failures++;
        log.error({ err: error, loop: name, failures }, `${name}: a run failed and will be tried again`);
        return;
      }
      // Other work gets its turn between two runs, however short they are.
      await new Promise((resolve) => setImmediate(resolve));
      if (stopped()) return;
    }
  }

  return {
    start() {
      if (started || stopped()) return;
      started = true;
      begin();
    },
    poke() {
      if (!started || stopped()) return;
      poked = true;
      if (failures === 0) begin();
    },
    async stop() {
      abort.abort();
      clearTimeout(timer);
      await current;
      settleIdle();
    },
    idle() {
      if (!started || stopped()) return Promise.resolve();
      if (!current && !poked && failures === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}
