import { createHash } from 'node:crypto';
import { type Engine, Problem } from '../engine/index.ts';
import type { Log, LogMessage } from '../log/index.ts';
import { contents, inspectFile, type Shape } from './inspect.ts';
import { settleMapping } from './mapping.ts';
import { checkRow, planRows, type RowPlan } from './messages.ts';
import { readRows } from './rows.ts';
import type { Mapping, RowError } from './schema.ts';
import type { ImportRow, ImportStore, Progress } from './store.ts';

/** Rows in one append to the log, and between two checkpoints. */
const BLOCK_ROWS = 10_000;
/** A file that was begun this often without getting any further is given up; with the loop's waits, some 8 minutes. */
const MAX_ATTEMPTS = 20;

interface Block {
  messages: LogMessage[];
  errors: RowError[];
  progress: Progress;
}

/**
 * Takes one file into the log, from its checkpoint to its end. Safe to stop or kill at any moment and to run
 * again: a row makes the same message every time. Returns false when stopped by the signal before the end.
 *
 * Reading goes on while two blocks are being written (two inserts at once are 1.5 times as fast as one); at most
 * three blocks are in memory.
 */
export async function runImport(
  { engine, log, store }: { engine: Engine; log: Log; store: ImportStore },
  row: ImportRow,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    if (row.attempts > MAX_ATTEMPTS)
      throw new Problem(
        500,
        'import_gave_up',
        `The file could not be processed in ${MAX_ATTEMPTS} attempts.`,
      );
    const shape = await inspectFile(path);
    const mapping = settleMapping(shape.headers, shape.samples, row.mapping);
    const key = contentKey(row.sha256, mapping);
    await store.settle(row.id, mapping, key);
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
    const plan = planRows(mapping, key, row.created_at.toISOString());
    const write = async (block: Block, before: Promise<void>) => {
      await Promise.all([log.append(block.messages), before]);
      if (!(await store.save(row, block.progress, block.errors))) throw new Cancelled();
    };
    if (!(await takeRows(engine, row, { path, shape, plan }, write, signal))) return false;
    await store.finish(row.id, { status: 'done', bytes_read: row.bytes });
  } catch (error) {
    if (error instanceof Cancelled) return true;
    const reason = explain(error);
    if (!reason) throw error;
    await store.finish(row.id, { status: 'failed', error: reason });
  }
  return true;
}

class Cancelled extends Error {}

/** Names the messages of an import: the same content taken in with the same mapping has the same name. */
const contentKey = (sha256: string, mapping: Mapping) =>
  createHash('sha256')
    .update(
      JSON.stringify([
        sha256,
        mapping.identity,
        mapping.columns.map((c) => [c.attribute, c.kind, c.date_order]),
      ]),
    )
    .digest('hex')
    .slice(0, 16);

/** Reads the rows after the checkpoint and hands them to `write`, block by block; checkpoints are saved in order. */
async function takeRows(
  engine: Engine,
  row: ImportRow,
  { path, shape, plan }: { path: string; shape: Shape; plan: RowPlan },
  write: (block: Block, before: Promise<void>) => Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  const started = performance.now();
  const source = `import:${row.id}`;
  const progress = { rows: row.rows, rowsOk: row.rows_ok, rowsBad: row.rows_bad, bytesRead: 0 };
  let block: Pick<Block, 'messages' | 'errors'> = { messages: [], errors: [] };
  const writing: Promise<void>[] = [];
  let number = -1; // the header is row 0
  let bytesRead = 0;

  const hand = async () => {
    const seconds = (performance.now() - started) / 1000;
    const rowsPerSecond = seconds > 0 ? (progress.rows - row.rows) / seconds : null;
    const ready = { ...block, progress: { ...progress, bytesRead, rowsPerSecond } };
    block = { messages: [], errors: [] };
    if (writing.length === 2) await writing.shift();
    const written = write(ready, writing.at(-1) ?? Promise.resolve());
    // Its failure is seen when it is awaited; until then it must not count as unhandled.
    written.catch(() => {});
    writing.push(written);
  };

  const bytes = contents(path, shape, (count) => {
    bytesRead += count;
  });
  for await (const batch of readRows(
    bytes,
    shape.delimiter,
    shape.headers.length,
    1 + shape.preamble.lines,
  )) {
    if (signal.aborted) break;
    const receivedAt = engine.clock.now();
    for (const cells of batch) {
      number++;
      if (number === 0 || number <= row.rows) continue;
      const checked = checkRow(plan, cells, number);
      progress.rows++;
      if (typeof checked === 'string') {
        progress.rowsOk++;
        block.messages.push({ workspace: row.workspace, source, receivedAt, message: checked });
      } else {
        progress.rowsBad++;
        block.errors.push(checked);
      }
      if (block.messages.length + block.errors.length >= BLOCK_ROWS) await hand();
    }
  }
  if (signal.aborted) {
    await Promise.all(writing);
    return false;
  }
  if (progress.rows === 0) throw new Problem(400, 'no_rows', 'The file has a header and no rows.');
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
