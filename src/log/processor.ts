import type { Logger } from 'pino';
import type { ClickHouse } from '../engine/index.ts';
import { rowFormat } from './rows.ts';

/** Rows that are durable in the log and wait to be put into the views. */
interface Waiting {
  rows: Buffer;
  since: number;
  done: () => void;
}

export interface ProcessorOptions {
  clickhouse: ClickHouse;
  log: Logger;
  columns: string[];
  /** Held by each insert; `pause` takes it alone. Several processes share it through PostgreSQL. */
  gate: Gate;
  /** A message no processing can read: it stays in the log, and is told to whoever looks. */
  unreadable: (row: Buffer, reason: string) => Promise<void>;
}

/** Lets many in together, or one alone. */
export interface Gate {
  shared<T>(work: () => Promise<T>): Promise<T>;
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Puts what the log has acknowledged into the views: the same bytes again, in larger blocks, into `incoming`. Setting
 * up the views costs tens of milliseconds of the processor for each insert, however few its rows; behind the
 * acknowledgement that is paid some times a second, before it, it was paid by every sender.
 *
 * Everything is kept until it is in the views: a failed block is tried again, for ever, and halved to find the message
 * at fault when there is one. Every view bears repetition.
 */
export class Processor {
  readonly #options: ProcessorOptions;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #running = 0;
  #urgent = 0;
  #paused: Promise<void> | undefined;
  #lastStart = 0;
  #pauseMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];
  #stopped = false;
  #gaveUp = false;
  readonly #active = new Set<Waiting>();

  /**
   * Inserts begin no more often than this, unless somebody waits for one or much is waiting: and no more often than six
   * times as long as the last one took, up to 0.6 s. Planning the views takes about 65 ms of the processor for each
   * insert, of one row or of thousands: so that is a sixth of a core at most, and a message is in an answer in time.
   */
  static readonly everyMs = 100;
  static readonly restFactor = 6;
  static readonly longestMs = 600;
  /** Worth an insert at once. */
  static readonly largeBytes = 8 * 1024 * 1024;
  /** One insert takes no more than this, so that memory in the engine stays bounded. */
  static readonly maxInsertBytes = 16 * 1024 * 1024;
  /** A second insert beside the running one when this much waits. */
  static readonly worthASecond = 16 * 1024 * 1024;

  constructor(options: ProcessorOptions) {
    this.#options = options;
  }

  /** Resolves when the rows are in the views. Never rejects; while the engine is gone it waits. */
  push(rows: Buffer): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ rows, since: performance.now(), done });
      this.#bytes += rows.length;
      this.#next();
    });
  }

  /** Bytes that are in the log, but not in the views. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Milliseconds the oldest of them has waited; 0 when there is none. */
  get lagMs(): number {
    let oldest = this.#waiting[0]?.since ?? Number.POSITIVE_INFINITY;
    for (const { since } of this.#active) oldest = Math.min(oldest, since);
    return Number.isFinite(oldest) ? performance.now() - oldest : 0;
  }

  /** An insert into `incoming` of another kind: not while paused, and a pause waits for it. */
  async beside(insert: () => Promise<void>): Promise<void> {
    while (this.#paused) await this.#paused;
    this.#running++;
    try {
      await this.#options.gate.shared(insert);
    } finally {
      this.#ended();
    }
  }

  /** Processes at once what is waiting, for somebody who waits for it. */
  async hurry<T>(until: Promise<T>): Promise<T> {
    this.#urgent++;
    this.#next();
    try {
      return await until;
    } finally {
      this.#urgent--;
    }
  }

  /** The views get nothing new while `work` runs. */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    await this.unpaused();
    let resume = () => {};
    this.#paused = new Promise((resolve) => {
      resume = resolve;
    });
    try {
      await this.#quiet();
      return await this.#options.gate.alone(work);
    } finally {
      this.#paused = undefined;
      resume();
      this.#next();
    }
  }

  /** Resolves when no pause is under way. */
  async unpaused(): Promise<void> {
    while (this.#paused) await this.#paused;
  }

  /** Processes what is waiting; gives up when the engine does not answer. True when nothing is left. */
  async stop(): Promise<boolean> {
    clearTimeout(this.#timer);
    await this.unpaused();
    this.#urgent++;
    this.#next();
    this.#stopped = true;
    while (this.#running > 0) await this.#quiet();
    return this.#waiting.length === 0;
  }

  /** Resolves when no insert is running. */
  #quiet(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #next(): void {
    while (!this.#paused && !this.#gaveUp && this.#waiting.length > 0 && this.#running < this.#allowed()) {
      const wait = this.#lastStart + this.#pauseMs - performance.now();
      if (wait > 0 && this.#urgent === 0 && this.#unstarted() < Processor.largeBytes) {
        this.#timer ??= setTimeout(() => {
          this.#timer = undefined;
          this.#next();
        }, wait).unref();
        return;
      }
      this.#start();
    }
  }

  #unstarted(): number {
    let active = 0;
    for (const { rows } of this.#active) active += rows.length;
    return this.#bytes - active;
  }

  #allowed(): number {
    return this.#unstarted() >= Processor.worthASecond ? 2 : 1;
  }

  #start(): void {
    let bytes = 0;
    let count = 0;
    for (const { rows } of this.#waiting) {
      if (count > 0 && bytes + rows.length > Processor.maxInsertBytes) break;
      bytes += rows.length;
      count++;
    }
    const group = this.#waiting.splice(0, count);
    for (const one of group) this.#active.add(one);
    this.#running++;
    this.#lastStart = performance.now();
    void this.#process(group).finally(() => this.#ended());
  }

  #ended(): void {
    this.#running--;
    if (this.#running === 0) for (const done of this.#idle.splice(0)) done();
    this.#next();
  }

  async #process(group: Waiting[]): Promise<void> {
    const body =
      group.length === 1 ? (group[0] as Waiting).rows : Buffer.concat(group.map(({ rows }) => rows));
    const began = performance.now();
    const settled = await this.#insert(body);
    const took = Processor.restFactor * (performance.now() - began);
    this.#pauseMs = Math.min(Processor.longestMs, Math.max(Processor.everyMs, took));
    for (const one of group) this.#active.delete(one);
    if (settled) {
      this.#bytes -= body.length;
      for (const { done } of group) done();
    } else {
      this.#gaveUp = true;
      this.#waiting.unshift(...group);
    }
  }

  /** False when it was told to stop before it succeeded. */
  async #insert(body: Buffer): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#options.gate.shared(() =>
          this.#options.clickhouse.insert('incoming', this.#options.columns, body, rowFormat),
        );
        return true;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (faultOfARow(error)) return this.#halve(body, reason);
        this.#options.log.error({ error: reason, attempt }, 'processing failed; it is tried again');
        if (this.#stopped) return false;
        await new Promise((resolve) =>
          setTimeout(resolve, Math.min(30_000, 250 * 2 ** Math.min(attempt, 7))),
        );
      }
    }
  }

  async #halve(body: Buffer, reason: string): Promise<boolean> {
    const middle = body.indexOf(10, body.length >> 1);
    const cut = middle === -1 || middle === body.length - 1 ? body.indexOf(10) + 1 : middle + 1;
    if (cut === body.length) {
      await this.#options.unreadable(body, reason);
      return true;
    }
    return (await this.#insert(body.subarray(0, cut))) && (await this.#insert(body.subarray(cut)));
  }
}

/**
 * The engine's codes that say it is not the messages' fault: memory, time, space, parts, a connection, a table that
 * is not there. Any other may be one row's, which halving finds.
 */
const notARow = new Set([
  '60',
  '81',
  '159',
  '160',
  '164',
  '173',
  '202',
  '209',
  '210',
  '241',
  '242',
  '243',
  '252',
  '285',
  '319',
  '394',
  '439',
  '999',
  '1000',
]);

function faultOfARow(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return /^\d+$/.test(String(code)) && !notARow.has(String(code));
}
