import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClickHouse } from '../engine/index.ts';
import { readActivity } from './activity.ts';
import type { Chunk } from './chunks.ts';
import type { Rejected } from './simple.ts';
import { statementFile } from './statements.ts';
import { type ChunkDone, keepRejected } from './work.ts';

const loadLines = statementFile('load_lines');
const loadRead = statementFile('load_read');
const countChunk = statementFile('count_chunk');
const unreadLines = statementFile('unread_lines');

/** One thread a chunk keeps the lines in order; whole chunks are sorted and written as one part. */
const settings = {
  max_threads: 1,
  max_insert_threads: '1',
  input_format_parallel_parsing: 0,
  max_block_size: '16384',
  // Compiling expressions takes longer than it saves in one file.
  compile_expressions: 0,
  min_insert_block_size_rows: '1000000000',
  min_insert_block_size_bytes: '0',
  // Evaluating everything for all lines takes half the time of picking out the lines each branch needs.
  short_circuit_function_evaluation: 'disable',
  output_format_json_escape_forward_slashes: 0,
} as const;

/** Reads a chunk into its own partition, which must be empty. */
export async function loadChunk(store: ClickHouse, folder: string, chunk: Chunk): Promise<ChunkDone> {
  const { index, bytes } = chunk;
  await store.run(loadLines, { chunk: index, path: chunk.path }, { settings });
  const found = await store.row<{ lines: string; nobody: string; unread: string }>(countChunk, {
    chunk: index,
  });
  const done = { index, bytes, lines: Number(found.lines), nobody: Number(found.nobody), rejected: 0 };
  if (Number(found.unread) > 0) {
    const { nobody, rejected } = await loadUnread(store, folder, index);
    done.nobody += nobody;
    done.rejected = rejected.length;
    if (rejected.length > 0) keepRejected(folder, index, rejected);
  }
  return done;
}

/** The lines the engine left are read by `readActivity` and given back to it as values. */
async function loadUnread(store: ClickHouse, folder: string, chunk: number) {
  const path = join(folder, `read-${chunk}.jsonl`);
  const rejected: Rejected[] = [];
  let nobody = 0;
  await writeFile(path, '');
  for await (const lines of store.stream<{ row: number; line: string }>(unreadLines, { chunk })) {
    let text = '';
    for (const { row, line } of lines) {
      const activity = readActivity(Buffer.from(line, 'base64'));
      if (activity.kind === 'rejected') rejected.push({ line: row + 1, reason: activity.reason });
      else if (activity.kind === 'nobody') nobody++;
      else if (activity.kind === 'event') {
        const { user, name, id } = activity;
        text += `${JSON.stringify({ row, kind: 1, user, name, id })}\n`;
      } else {
        const { user, time, values } = activity;
        const keys = values.map(([key]) => key);
        const vals = values.map(([, value]) => value);
        text += `{"time":${time},${JSON.stringify({ row, kind: 2, user, keys, vals }).slice(1)}\n`;
      }
    }
    await writeFile(path, text, { flag: 'a' });
  }
  await store.run(loadRead, { chunk, path }, { settings });
  await rm(path, { force: true });
  return { nobody, rejected };
}
