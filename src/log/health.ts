import type { Appender } from './appender.ts';
import { processingVersion } from './processing.ts';
import type { Processor } from './processor.ts';

/** How the log of this process is doing. */
export interface LogHealth {
  /** Messages accepted a second, over the last ten seconds. */
  accepted_per_second: number;
  /** Bytes waiting to become durable: not acknowledged. */
  queued_bytes: number;
  /** Bytes that are durable, but not in the views yet. */
  processing_bytes: number;
  /** How long the oldest of them has waited. */
  lag_ms: number;
  /** The processing that derives new messages. */
  processing_version: number;
}

export const logHealth = (processor: Processor, messages: Appender, rate: Rate): LogHealth => ({
  accepted_per_second: rate.perSecond(),
  queued_bytes: messages.queuedBytes,
  processing_bytes: processor.bytes,
  lag_ms: Math.round(processor.lagMs),
  processing_version: processingVersion,
});

const seconds = 10;

/** Counts by the second, of the last ten. */
export class Rate {
  readonly #counts = new Float64Array(seconds + 1);
  #newest = 0;

  add(count: number): void {
    const slot = this.#advance();
    this.#counts[slot] = (this.#counts[slot] ?? 0) + count;
  }

  /** Over the last ten whole seconds. */
  perSecond(): number {
    const now = this.#advance();
    return this.#counts.reduce((sum, count, slot) => (slot === now ? sum : sum + count), 0) / seconds;
  }

  /** Empties the seconds in which nothing came. Returns the present one's slot. */
  #advance(): number {
    const now = Math.floor(performance.now() / 1_000);
    for (let at = Math.max(this.#newest + 1, now - seconds); at <= now; at++)
      this.#counts[at % (seconds + 1)] = 0;
    this.#newest = now;
    return now % (seconds + 1);
  }
}
