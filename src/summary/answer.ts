import { open } from 'node:fs/promises';
import type { ClickHouse } from '../engine/index.ts';
import { statementFile } from './statements.ts';
import { type Checkpoint, type Range, writeCheckpoint } from './work.ts';

const countBuckets = statementFile('count_buckets');
const countUsers = statementFile('count_users');
const answer = statementFile('answer');
const answerOne = statementFile('answer_one');

/** Rows answered at once: enough that asking costs little, few enough to stay small in memory whoever they belong to. */
const rangeRows = 150_000;
const settings = {
  max_threads: 1,
  compile_expressions: 0,
  compile_aggregate_expressions: 0,
  short_circuit_function_evaluation: 'disable',
} as const;

/** Neighbouring small buckets are answered together; a large one is divided between its users. */
export async function planRanges(store: ClickHouse, spill: number): Promise<Range[]> {
  const ranges: Range[] = [];
  let open: { range: Range; rows: number } | undefined;
  const found = await store.rows<{ bucket: string; rows: string }>(countBuckets);
  for (const { bucket, rows: count } of found) {
    const rows = Number(count);
    if (open && open.rows + rows <= rangeRows) {
      open.range.last = bucket;
      open.rows += rows;
      continue;
    }
    open = undefined;
    if (rows > 2 * rangeRows) ranges.push(...(await divide(store, bucket, spill)));
    else {
      open = { range: { first: bucket, last: bucket, from: '', to: '', one: false }, rows };
      ranges.push(open.range);
    }
  }
  return ranges;
}

async function divide(store: ClickHouse, bucket: string, spill: number): Promise<Range[]> {
  const ranges: Range[] = [];
  let current: { range: Range; rows: number } | undefined;
  const users = store.stream<{ user: string; rows: string }>(
    countUsers,
    { bucket },
    {
      settings: {
        max_threads: 1,
        max_bytes_before_external_group_by: String(spill),
        max_bytes_before_external_sort: String(spill),
      },
    },
  );
  for await (const batch of users) {
    for (const { user, rows: count } of batch) {
      const rows = Number(count);
      const one = rows > 2 * rangeRows;
      if (current && !current.range.one && !one && current.rows + rows <= rangeRows) {
        current.rows += rows;
        continue;
      }
      if (current) current.range.to = user;
      current = { range: { first: bucket, last: bucket, from: user, to: '', one }, rows };
      ranges.push(current.range);
    }
  }
  return ranges;
}

interface Piece {
  text: Buffer;
  users: number;
  attributes: number;
  events: number;
}

/**
 * Writes the ranges not answered yet to the end of a file, two worked out at a time, and notes each when it is on disk.
 */
export async function answerRanges(
  store: ClickHouse,
  folder: string,
  path: string,
  checkpoint: Checkpoint,
  spill: number,
  onRange: () => void,
): Promise<void> {
  const ranges = checkpoint.ranges ?? [];
  const file = await open(path, 'a');
  try {
    await file.truncate(checkpoint.outBytes);
    const ahead: Promise<Piece>[] = [];
    let next = checkpoint.answered;
    const ask = () => {
      const range = ranges[next++];
      if (!range) return;
      const piece = askRange(store, range, spill);
      // Waited for in its turn; until then an error is not unhandled.
      piece.catch(() => {});
      ahead.push(piece);
    };
    ask();
    ask();
    for (let piece = ahead.shift(); piece; piece = ahead.shift()) {
      const { text, users, attributes, events } = await piece;
      ask();
      await file.appendFile(text);
      await file.datasync();
      checkpoint.answered++;
      checkpoint.outBytes += text.length;
      checkpoint.users += users;
      checkpoint.attributes += attributes;
      checkpoint.events += events;
      writeCheckpoint(folder, checkpoint);
      onRange();
    }
  } finally {
    await file.close();
  }
}

async function askRange(store: ClickHouse, range: Range, spill: number): Promise<Piece> {
  const { one, ...params } = range;
  const limits = {
    max_bytes_before_external_group_by: String(spill),
    max_bytes_before_external_sort: String(spill),
  };
  const stream = await store.bytes(one ? answerOne : answer, params, {
    settings: { ...settings, ...limits },
  });
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  const whole = Buffer.concat(pieces);
  // The lines, then three numbers after tabs. The lines may hold tabs themselves, so from the end.
  let at = whole.length - 1;
  const number = () => {
    const tab = whole.lastIndexOf(9, at - 1);
    const value = Number(whole.toString('latin1', tab + 1, at));
    at = tab;
    return value;
  };
  const events = number();
  const attributes = number();
  const users = number();
  whole[at] = 10;
  return { text: whole.subarray(0, at + 1), users, attributes, events };
}
