import type { Engine } from '../../engine/index.ts';
import { openSessionsMs } from './cover.ts';
import type { StillMine } from './exclusive.ts';
import { buildSessions } from './sessions.ts';
import { empty, type List, statements } from './statements.ts';

const minute = 60_000;
const hour = 60 * minute;

/** An hour is counted when it ended so long ago: messages in the last seconds of it are still on their way. */
const overMs = 2 * minute;
/** An hour that was counted, and goes on getting late events, is counted again after this at the latest. */
const patienceMs = 10 * minute;
/** One chunk's messages: what its statements hold in memory. Fewer where that was short: see Builder.#sized. */
const chunkMessages = { most: 1_000_000, least: 30_000 };
/** One look lists no more hours than this. A look reads all marks when everything is dirty, so it should list many. */
const limit = 1_000_000;
/** Marks can become visible so much later than the time they carry. */
const markDelayMs = 5 * minute;
/** A full look (all marks, not only recently touched ones) finds what others miss: hours that were in the future. */
const fullLookMs = 6 * hour;
/** How far behind the engine's clock a watermark must be with a server, where an insert of another process may be under way. */
const serverDelayMs = minute;

export interface Chunk {
  list: List;
  chunk: number;
  messages: number;
}

/** What one look found. */
export interface Work {
  chunks: Chunk[];
  /** There is at least as much again: look as soon as this is counted. */
  more: boolean;
  /** To be called when all chunks are counted. */
  done(): void;
}

/**
 * Counts dirty hours and builds sessions, a chunk at a time. Keeps nothing in memory but where to begin looking; a kill
 * at any line, and another builder, find everything in the tables.
 */
export class Builder {
  readonly #engine: Engine;
  readonly #barrier: () => Promise<void>;
  /** Hours whose marks were all touched before are counted; milliseconds of the engine's clock. */
  #since = 0;
  #fullLookAt = 0;
  #openSince = 0;
  #patientUntil = 0;
  #version = 0;
  #chunkMessages = chunkMessages.most;

  constructor(engine: Engine, barrier: () => Promise<void>) {
    this.#engine = engine;
    this.#barrier = barrier;
  }

  /** Lists the hours to count. `eagerly`: quiet or not, all of them. */
  async lookForHours(signal: AbortSignal, eagerly = false): Promise<Work> {
    const { clickhouse, clock } = this.#engine;
    const elapsed = performance.now();
    const full = eagerly || elapsed >= this.#fullLookAt;
    const impatient = elapsed >= this.#patientUntil;
    const begun = await this.#clockOfEngine(signal);
    const now = clock.now().getTime();
    const recent = seconds(now - openSessionsMs);
    await clickhouse.run(empty.list.dirty);
    await clickhouse.run(empty.list.hours);
    const since = new Date(full ? 0 : this.#since);
    const over = seconds(now - overMs);
    await clickhouse.run(statements.hoursDirty, { since, over, recent, limit }, { signal });
    const ready = {
      recent,
      over,
      quiet_ms: eagerly ? 0 : this.#quietMs(),
      patience_ms: impatient ? patienceMs : 100 * 365 * 24 * hour,
      chunk_messages: this.#chunkMessages,
    };
    await clickhouse.run(statements.hoursChunks, ready, { signal });
    const {
      hours,
      ready: counting,
      oldest_left: left,
    } = await clickhouse.row<{ hours: number; ready: number; oldest_left: number }>(
      statements.hoursListed,
      { future: seconds(now + 24 * hour) },
      { signal },
    );
    return {
      chunks: await this.#chunksOf('hours', signal),
      more: hours >= limit && counting >= limit / 2,
      done: () => {
        if (impatient) this.#patientUntil = performance.now() + patienceMs;
        if (hours >= limit) return;
        this.#since = Math.max(0, Math.min(left || begun, begun) - markDelayMs);
        if (full) this.#fullLookAt = performance.now() + fullLookMs;
      },
    };
  }

  /** Counts the hours of one chunk: their events, what is summed from them, and sessions. */
  async countHours(chunk: Chunk, signal: AbortSignal, stillMine: StillMine): Promise<void> {
    const { clickhouse } = this.#engine;
    await stillMine();
    const { watermark } = await this.#stamp(signal);
    const params = { list: chunk.list, chunk: chunk.chunk, version: this.#version, watermark };
    await clickhouse.run(statements.record, { ...params, finished: false }, { signal });
    const count = async () => {
      await clickhouse.run(statements.eventsByPerson, params, { signal });
      await clickhouse.run(statements.metricHours, params, { signal });
      await clickhouse.run(statements.personHours, params, { signal });
    };
    // Both read the log; neither uses two cores all the time. When one fails the other is waited for, so that nothing of
    // this try writes into the next one.
    await this.#sized(async () => {
      const both = await Promise.allSettled([count(), this.#buildSessions(chunk, signal)]);
      for (const part of both) if (part.status === 'rejected') throw part.reason;
    });
    await clickhouse.run(statements.record, { ...params, finished: true }, { signal });
  }

  /** Brings the sessions of open hours up to date: those of hours touched since the last time, or (`eagerly`) of all of them. */
  async buildOpenSessions(signal: AbortSignal, stillMine: StillMine, eagerly = false): Promise<boolean> {
    const { clickhouse, clock } = this.#engine;
    const { watermark } = await this.#stamp(signal, eagerly);
    await clickhouse.run(empty.list.open);
    const recent = seconds(clock.now().getTime() - openSessionsMs);
    const since = new Date(eagerly ? 0 : this.#openSince);
    const listed = { recent, since, chunk_messages: this.#chunkMessages };
    await clickhouse.run(statements.openHours, listed, { signal });
    const chunks = await this.#chunksOf('open', signal);
    for (const chunk of chunks) {
      await stillMine();
      await this.#sized(() => this.#buildSessions(chunk, signal));
    }
    if (chunks.length > 0) await clickhouse.run(statements.sessionsRecord, { watermark }, { signal });
    this.#openSince = watermark.getTime();
    return chunks.length > 0;
  }

  /**
   * Others need the engine's memory too. Where it did not suffice the next look makes chunks of half the size, and after
   * each that succeeded a little larger ones again, so that what failed once does not fail for ever.
   */
  async #sized(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#chunkMessages = Math.min(chunkMessages.most, Math.ceil(this.#chunkMessages * 1.1));
    } catch (error) {
      if ((error as { type?: string }).type === 'MEMORY_LIMIT_EXCEEDED') {
        this.#chunkMessages = Math.max(chunkMessages.least, Math.floor(this.#chunkMessages / 2));
      }
      throw error;
    }
  }

  #buildSessions(chunk: Chunk, signal: AbortSignal): Promise<void> {
    return buildSessions(this.#engine.clickhouse, { ...chunk, slice: 2 * this.#chunkMessages }, signal);
  }

  /** Nobody else built since: versions go on from the highest. */
  async begin(signal: AbortSignal): Promise<void> {
    const { newest } = await this.#engine.clickhouse.row<{ newest: number }>(
      statements.newestVersion,
      {},
      { signal },
    );
    this.#version = Math.max(this.#version, newest);
  }

  /** A new version, and the time up to which everything that arrived is in the tables now. */
  async #stamp(signal: AbortSignal, exactly = false): Promise<{ watermark: Date }> {
    const now = await this.#clockOfEngine(signal);
    await this.#barrier();
    this.#version = Math.max(this.#version + 1, now * 1000);
    const exact = exactly || this.#engine.clickhouse.embedded;
    // One millisecond less: what arrives in the rest of this one is not in.
    return { watermark: new Date(now - 1 - (exact ? 0 : serverDelayMs)) };
  }

  async #clockOfEngine(signal: AbortSignal): Promise<number> {
    const { now } = await this.#engine.clickhouse.row<{ now: number }>(statements.now, {}, { signal });
    return now;
  }

  async #chunksOf(list: List, signal: AbortSignal): Promise<Chunk[]> {
    const rows = await this.#engine.clickhouse.rows<{ chunk: number; messages: number }>(
      statements.chunksOfList,
      { list },
      { signal },
    );
    return rows.map(({ chunk, messages }) => ({ list, chunk, messages }));
  }

  /** A touched hour waits until its watermark can pass the touch. */
  #quietMs(): number {
    return (this.#engine.clickhouse.embedded ? 0 : serverDelayMs) + minute / 2;
  }
}

/** The beginning of the hour, as DateTime takes it. */
const seconds = (ms: number) => new Date(Math.max(0, Math.floor(ms / hour) * hour));
