import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../engine/index.ts';
import { statement } from '../engine/index.ts';
import type { LogMessage } from './schema.ts';

const newest = statement(import.meta.url, './sql/newest_message.sql');
const rederive = statement(import.meta.url, './sql/rederive_tail.sql');

/** How often the mark is written. */
const everyMs = 2_000;
/** A message is durable so long after it was received, at the latest: it is received a little before it is counted here. */
export const marginMs = 120_000;

/**
 * The end of the log that may not be in the views: a message is acknowledged when it is in the log, and processed after.
 * The file `log.tail` says up to which time of receipt everything is in the views. A killed process derives again what came later;
 * every view ignores what it already has, so repeating is harmless.
 */
export class Tail {
  readonly #engine: Engine;
  readonly #file: string;
  readonly #clean: string;
  readonly #unprocessed = new Set<readonly LogMessage[]>();
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#file = join(engine.dataDir, 'log.tail');
    this.#clean = join(engine.dataDir, 'log.clean');
  }

  /** Messages on their way; call what is returned when they are in the views. */
  enter(messages: readonly LogMessage[]): () => void {
    this.#unprocessed.add(messages);
    return () => void this.#unprocessed.delete(messages);
  }

  /** Derives the views again from the tail, when the process before this one was killed. */
  async rederive(): Promise<void> {
    if (existsSync(this.#clean)) return;
    const { clickhouse, log } = this.#engine;
    const { received_at } = await clickhouse.row<{ received_at: number }>(newest);
    const since = (this.#read() ?? received_at) - marginMs;
    const started = performance.now();
    await clickhouse.run(rederive, { since: new Date(Math.max(0, since)) });
    const seconds = (performance.now() - started) / 1_000;
    if (seconds > 2)
      log.info({ seconds, since: new Date(since) }, 'the views were derived again from the end of the log');
  }

  /** From now on the process is at work, and may be killed. */
  start(): void {
    this.#write();
    rmSync(this.#clean, { force: true });
    this.#timer = setInterval(() => this.#write(), everyMs).unref();
  }

  /** Everything is in the views. */
  close(): void {
    clearInterval(this.#timer);
    this.#write();
    writeFileSync(this.#clean, '');
  }

  /** Everything this process has counted and that was received before is in the views, milliseconds since 1970. */
  #until(): number {
    let until = this.#engine.clock.now().getTime();
    for (const [first] of this.#unprocessed) until = Math.min(until, first?.receivedAt.getTime() ?? until);
    return until;
  }

  /** Everything that was received before is in the views, whichever process took it. */
  inViewsUntil(): Date {
    return new Date(this.#until() - marginMs);
  }

  #write(): void {
    writeFileSync(`${this.#file}.new`, String(this.#until()));
    renameSync(`${this.#file}.new`, this.#file);
  }

  #read(): number | undefined {
    try {
      const since = Number(readFileSync(this.#file, 'utf8'));
      return since > 0 ? since : undefined;
    } catch {
      return undefined;
    }
  }
}
