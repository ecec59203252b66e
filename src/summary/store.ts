import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { adhoc, type ClickHouse, type openScratchClickHouse, Problem } from '../engine/index.ts';
import { answerRanges, planRanges } from './answer.ts';
import { bucketExpression, sampleBuckets } from './buckets.ts';
import { type Chunk, chunksOf, removeChunk } from './chunks.ts';
import { type Input, inspectInput } from './input.ts';
import { loadChunk } from './load.ts';
import { defaultMemory, type Resumed, type SummarizeOptions } from './options.ts';
import type { Counts, Rejected } from './simple.ts';
import { statementFile } from './statements.ts';
import { type Checkpoint, holdWork, readCheckpoint, rejectedOf, writeCheckpoint } from './work.ts';

const createRows = statementFile('create_rows');

/** Resident beside what the engine counts: Node.js and the engine's own library, with some air. */
const outsideEngine = 400_000_000;
/** Chunks read at once. */
const lanes = 2;

interface Ends {
  /** Where OUT is written until it is whole. */
  partial: string;
  strictly(rejected: Rejected): Error;
  finish(out: string, rejected: Iterable<Rejected>): void;
  openStore: typeof openScratchClickHouse;
}

interface Outcome {
  counts: Counts;
  resumed: Resumed | undefined;
  chunksRead: number;
}

/** The summary by the embedded engine in a work directory, where a killed run goes on. */
export async function summarizeInStore(options: SummarizeOptions, ends: Ends): Promise<Outcome> {
  const folder = resolve(options.workDir ?? `${options.out}.work`);
  const input = inspectInput(options.input);
  const memory = options.memory ?? defaultMemory;
  const engineMemory = memory - outsideEngine;
  if (engineMemory < 200_000_000) {
    throw new Problem(
      400,
      'too_little_memory',
      `The summary needs at least ${(outsideEngine + 200_000_000) / 1e6} MB.`,
    );
  }
  const hold = holdWork(folder);
  try {
    const { checkpoint, resumed } = begin(folder, input, options, engineMemory);
    const store = await ends.openStore({
      path: join(folder, 'clickhouse'),
      memory: engineMemory,
      log: options.log,
    });
    const run = new Run(store, folder, input, options, checkpoint, Math.floor(engineMemory / 8));
    try {
      await run.load(ends);
      await run.answer(ends);
    } finally {
      await store.close();
    }
    ends.finish(options.out, rejectedOf(folder, checkpoint.chunks));
    if (!options.keep) rmSync(folder, { recursive: true, force: true });
    return { counts: countsOf(checkpoint), resumed, chunksRead: run.chunksRead };
  } finally {
    hold.release();
  }
}

/** Takes up the run that was broken off in this folder, or begins one. */
function begin(folder: string, input: Input, options: SummarizeOptions, engineMemory: number) {
  const found = options.fresh || !input.fingerprint ? undefined : readCheckpoint(folder);
  if (found) {
    checkSame(found, input, options, folder);
    const { chunks, answered: ranges } = found;
    if (chunks.length === 0) return { checkpoint: found, resumed: undefined };
    const resumed = {
      chunks: chunks.length,
      lines: sum(chunks, 'lines'),
      bytes: sum(chunks, 'bytes'),
      ranges,
    };
    options.onResume?.(resumed);
    return { checkpoint: found, resumed };
  }
  for (const name of ['clickhouse', 'checkpoint.json'])
    rmSync(join(folder, name), { recursive: true, force: true });
  const checkpoint: Checkpoint = {
    version: 1,
    input: input.path,
    out: options.out,
    fingerprint: input.fingerprint,
    chunkBytes: options.chunkBytes ?? Math.min(64_000_000, Math.floor(engineMemory / 12)),
    buckets: undefined,
    chunks: [],
    loaded: false,
    ranges: undefined,
    answered: 0,
    outBytes: 0,
    users: 0,
    attributes: 0,
    events: 0,
  };
  writeCheckpoint(folder, checkpoint);
  return { checkpoint, resumed: undefined };
}

function checkSame(
  found: Checkpoint,
  { path, fingerprint }: Input,
  { out }: SummarizeOptions,
  folder: string,
): void {
  const hint = 'Start over with --fresh, or use another --work-dir.';
  if (found.input !== path || found.out !== out) {
    throw new Problem(
      409,
      'other_run',
      `The work directory ${folder} is of a run from ${found.input} to ${found.out}.`,
      {
        hint,
      },
    );
  }
  const changed = (['size', 'modified', 'ends'] as const).find(
    (part) => found.fingerprint?.[part] !== fingerprint?.[part],
  );
  if (changed) {
    const what = { size: 'its size', modified: 'its time of change', ends: 'its first or last bytes' }[
      changed
    ];
    throw new Problem(409, 'input_changed', `${path} has changed since the run began (${what}).`, { hint });
  }
}

const countsOf = ({ chunks, users, attributes, events }: Checkpoint): Counts => {
  const sum = (part: 'lines' | 'nobody' | 'rejected') =>
    chunks.reduce((total, chunk) => total + chunk[part], 0);
  return { lines: sum('lines'), users, events, attributes, nobody: sum('nobody'), rejected: sum('rejected') };
};

class Run {
  chunksRead = 0;
  readonly #store: ClickHouse;
  readonly #folder: string;
  readonly #input: Input;
  readonly #options: SummarizeOptions;
  readonly #checkpoint: Checkpoint;
  /** Bytes beyond which a grouping or sort goes to disk. */
  readonly #spill: number;

  constructor(
    store: ClickHouse,
    folder: string,
    input: Input,
    options: SummarizeOptions,
    checkpoint: Checkpoint,
    spill: number,
  ) {
    this.#store = store;
    this.#folder = folder;
    this.#input = input;
    this.#options = options;
    this.#checkpoint = checkpoint;
    this.#spill = spill;
  }

  /** Reads all chunks no earlier run has read, two at a time. */
  async load(ends: Ends): Promise<void> {
    const checkpoint = this.#checkpoint;
    if (checkpoint.loaded) return;
    const done = new Set(checkpoint.chunks.map(({ index }) => index));
    if (checkpoint.buckets) await this.#dropBrokenOff(done);
    const chunks = chunksOf({
      input: this.#input,
      chunkBytes: checkpoint.chunkBytes,
      folder: this.#folder,
      wanted: (index) => !done.has(index),
    });
    const running = new Set<Promise<void>>();
    try {
      for await (const chunk of chunks) {
        if (!chunk.path) continue;
        if (!checkpoint.buckets) await this.#createTable(chunk.path);
        while (running.size >= lanes) await Promise.race(running);
        const one = this.#loadOne(chunk, ends).finally(() => running.delete(one));
        one.catch(() => {});
        running.add(one);
      }
      await Promise.all(running);
    } finally {
      await Promise.allSettled(running);
    }
    checkpoint.loaded = true;
    writeCheckpoint(this.#folder, checkpoint);
  }

  async #loadOne(chunk: Chunk, ends: Ends): Promise<void> {
    const checkpoint = this.#checkpoint;
    const done = await loadChunk(this.#store, this.#folder, chunk);
    checkpoint.chunks.push(done);
    this.chunksRead++;
    if (this.#options.strict) this.#refuseRejected(ends);
    writeCheckpoint(this.#folder, checkpoint);
    await removeChunk(chunk);
    this.#report(
      'reading',
      sum(checkpoint.chunks, 'bytes'),
      this.#input.plain ? this.#input.size : undefined,
    );
  }

  /** Only when every line before it is known to be right, so that it is always the first that is named. */
  #refuseRejected(ends: Ends): void {
    const inOrder = this.#checkpoint.chunks.toSorted((a, b) => a.index - b.index);
    const known = inOrder.filter(({ index }, n) => index === n);
    for (const rejected of rejectedOf(this.#folder, known)) throw ends.strictly(rejected);
  }

  async #createTable(sample: string): Promise<void> {
    const checkpoint = this.#checkpoint;
    checkpoint.buckets = sampleBuckets(this.#input.plain ? this.#input.path : sample);
    const { name, text } = createRows;
    // A run killed between the table and the checkpoint may have left one with other buckets.
    await this.#store.run(adhoc('drop_rows', 'DROP TABLE IF EXISTS rows SYNC'));
    await this.#store.run(adhoc(name, text.replace('BUCKET_OF_USER', bucketExpression(checkpoint.buckets))));
    writeCheckpoint(this.#folder, checkpoint);
  }

  /** Rows of chunks that an earlier run did not finish. */
  async #dropBrokenOff(done: Set<number>): Promise<void> {
    const parts = adhoc('chunks_there', 'SELECT DISTINCT chunk FROM rows');
    for (const { chunk } of await this.#store.rows<{ chunk: number }>(parts)) {
      if (!done.has(chunk)) {
        await this.#store.run(adhoc('drop_chunk', 'ALTER TABLE rows DROP PARTITION {chunk:UInt32}'), {
          chunk,
        });
      }
    }
  }

  async answer(ends: Ends): Promise<void> {
    const checkpoint = this.#checkpoint;
    if (!checkpoint.ranges) {
      checkpoint.ranges = checkpoint.buckets ? await planRanges(this.#store, this.#spill) : [];
      writeCheckpoint(this.#folder, checkpoint);
    }
    await answerRanges(this.#store, this.#folder, ends.partial, checkpoint, this.#spill, () =>
      this.#report('writing', checkpoint.answered, checkpoint.ranges?.length),
    );
  }

  #report(phase: 'reading' | 'writing', done: number, total: number | undefined): void {
    this.#options.onProgress?.({ phase, done, total, lines: sum(this.#checkpoint.chunks, 'lines') });
  }
}

const sum = (chunks: Checkpoint['chunks'], part: 'bytes' | 'lines') =>
  chunks.reduce((total, chunk) => total + chunk[part], 0);
