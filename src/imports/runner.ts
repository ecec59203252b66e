import { type Engine, Problem } from '../engine/index.ts';
import type { Log, LogMessage } from '../log/index.ts';
import { contents, inspectFile, type Shape } from './inspect.ts';
import { settleMapping } from './mapping.ts';
import type { PhoneCountry } from './phone.ts';
import { contentKey, createReader, headersKey, type Reader } from './reader.ts';
import type { Mapping, RowError } from './schema.ts';
import type { ImportRow, ImportStore, Progress } from './store.ts';
import { tooManyBad, whyTooMany } from './threshold.ts';

/** Rows in one append to the log, and between two checkpoints; fewer when they are long. */
const BLOCK_ROWS = 20_000;
const BLOCK_CHARACTERS = 8 * 1024 * 1024;
/** The views may be so far behind the rows that are durable. */
const AHEAD_BYTES = 16 * 1024 * 1024;
/** So many rows are checked before the first is taken in, however long they are. */
const FIRST_ROWS = 1_000;
/** A file that was begun this often without getting any further is given up; with the loop's waits, some 8 minutes. */
const MAX_ATTEMPTS = 20;

interface Block {
  messages: LogMessage[];
  errors: RowError[];
  progress: Progress;
}

interface Tools {
  engine: Engine;
  log: Log;
  store: ImportStore;
  /** Where a workspace's phone numbers are from. */
  countryOf(workspace: string): Promise<PhoneCountry | undefined>;
}

/**
 * Takes one file into the log, from its checkpoint to its end. Safe to stop or kill at any moment and to run
 * again: a row makes the same message every time. Returns whether the file is no longer needed: not when stopped by the
 * signal, nor when a person may let it go on.
 *
 * Reading goes on while two blocks are being written (two inserts at once are 1.5 times as fast as one); at most
 * three blocks are in memory.
 */
export async function runImport(
  tools: Tools,
  row: ImportRow,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { engine, log, store } = tools;
  try {
    if (row.attempts > MAX_ATTEMPTS)
      throw new Problem(
        500,
        'import_gave_up',
        `The file could not be processed in ${MAX_ATTEMPTS} attempts.`,
      );
    const shape = await inspectFile(path);
    const mapping = await mappingOf(tools, row, shape);
    const key = contentKey(row.sha256, shape, mapping);
    const headers_key = shape.format === 'csv' ? headersKey(shape.headers) : null;
    await store.settle(row.id, { format: shape.format, mapping, headers_key, content_key: key });
    const before = await store.duplicate(row.workspace, key);
    if (before) {
      const { rows, rows_ok, rows_bad } = before;
      await store.finish(row.id, {
        status: 'done',
        duplicate_of: before.id,
        rows,
        rows_ok,
        rows_bad,
        bytes_read: row.bytes,
      });
      return true;
    }
    const reader = createReader(shape, mapping, key, row.created_at.toISOString());
    const write = async (block: Block, before: Promise<void>) => {
      await Promise.all([take(engine, log, block.messages), before]);
      if (!(await store.save(row, block.progress, block.errors))) throw new Cancelled();
    };
    if (!(await takeRows(engine, row, { path, shape, reader }, write, signal))) return false;
    await log.processed();
    await store.finish(row.id, { status: 'done', bytes_read: row.bytes });
  } catch (error) {
    if (error instanceof Cancelled) return true;
    if (error instanceof TooManyBad) {
      await store.stop(row, error.beyond, error.errors, error.message);
      return false;
    }
    const reason = explain(error);
    if (!reason) throw error;
    await store.finish(row.id, { status: 'failed', error: reason });
  }
  return true;
}

/**
 * Resolves when these messages need not be read from the file again. Alone with its data, a process that was killed derives the
 * end of the log again before it goes on, so they need only be durable; the views follow in larger inserts, in half of the
 * processor's time. Of several processes another one may go on: then they must be in the views.
 */
async function take({ clickhouse }: Engine, log: Log, messages: LogMessage[]): Promise<void> {
  if (!clickhouse.embedded) return log.append(messages);
  if (log.queuedBytes() > AHEAD_BYTES) await log.processed();
  await log.accept(messages);
}

class Cancelled extends Error {}

/** What was checked beyond the checkpoint, and is not to be taken in. */
class TooManyBad extends Error {
  readonly beyond: { rows: number; bad: number };
  readonly errors: RowError[];
  constructor(message: string, beyond: { rows: number; bad: number }, errors: RowError[]) {
    super(message);
    this.beyond = beyond;
    this.errors = errors;
  }
}

/** The mapping asked for; else the one a person chose last for such a file; else the guessed one. */
async function mappingOf({ store, countryOf }: Tools, row: ImportRow, shape: Shape): Promise<Mapping | null> {
  if (shape.format !== 'csv') return null;
  const { headers, samples } = shape;
  const asked = row.mapping ?? (await store.remembered(row.workspace, headersKey(headers)));
  return settleMapping(headers, samples, asked ?? null, await countryOf(row.workspace));
}

/** Reads the rows after the checkpoint and hands them to `write`, block by block; checkpoints are saved in order. */
async function takeRows(
  engine: Engine,
  row: ImportRow,
  { path, shape, reader }: { path: string; shape: Shape; reader: Reader },
  write: (block: Block, before: Promise<void>) => Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  const started = performance.now();
  const source = `import:${row.id}`;
  const progress = { rows: row.rows, rowsOk: row.rows_ok, rowsBad: row.rows_bad };
  let handed = { ...progress };
  let block: Pick<Block, 'messages' | 'errors'> = { messages: [], errors: [] };
  let characters = 0;
  const writing: Promise<void>[] = [];
  let number = 0;
  let bytesRead = 0;

  const hand = async () => {
    if (tooManyBad(progress.rows, progress.rowsBad, row.max_bad_share)) {
      await Promise.all(writing);
      const beyond = { rows: progress.rows - handed.rows, bad: progress.rowsBad - handed.rowsBad };
      const why = whyTooMany(progress.rows, progress.rowsBad, handed.rowsOk, row.max_bad_share);
      throw new TooManyBad(why, beyond, block.errors);
    }
    handed = { ...progress };
    const seconds = (performance.now() - started) / 1000;
    const rowsPerSecond = seconds > 0 ? (progress.rows - row.rows) / seconds : null;
    const ready = { ...block, progress: { ...progress, bytesRead, rowsPerSecond } };
    block = { messages: [], errors: [] };
    characters = 0;
    if (writing.length === 2) await writing.shift();
    const written = write(ready, writing.at(-1) ?? Promise.resolve());
    // Its failure is seen when it is awaited; until then it must not count as unhandled.
    written.catch(() => {});
    writing.push(written);
  };

  const bytes = contents(path, shape, (count) => {
    bytesRead += count;
  });
  for await (const batch of reader.rows(bytes)) {
    if (signal.aborted) break;
    const receivedAt = engine.clock.now();
    for (const cells of batch) {
      number++;
      if (number <= row.rows) continue;
      const checked = reader.check(cells, number);
      progress.rows++;
      if (typeof checked === 'string') {
        progress.rowsOk++;
        characters += checked.length;
        block.messages.push({ workspace: row.workspace, source, receivedAt, message: checked });
      } else {
        progress.rowsBad++;
        block.errors.push(checked);
      }
      const size = block.messages.length + block.errors.length;
      const full = size >= BLOCK_ROWS || characters >= BLOCK_CHARACTERS;
      if (full && progress.rows >= FIRST_ROWS) await hand();
    }
  }
  if (signal.aborted) {
    await Promise.all(writing);
    return false;
  }
  if (progress.rows === 0)
    throw new Problem(
      400,
      'no_rows',
      shape.format === 'csv' ? 'The file has a header and no rows.' : 'The file is empty.',
    );
  await hand();
  await Promise.all(writing);
  return true;
}

/** What to tell the person when the file is at fault; undefined when we are, or an engine, and it is worth another try. */
function explain(error: unknown): string | undefined {
  if (error instanceof Problem && (error.status < 500 || error.code === 'import_gave_up'))
    return error.hint ? `${error.message} ${error.hint}` : error.message;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'The uploaded file is no longer on this server. Upload it again.';
  return undefined;
}
