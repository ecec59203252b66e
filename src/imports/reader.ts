import { createHash } from 'node:crypto';
import { checkLine } from './documents.ts';
import type { Shape } from './inspect.ts';
import { readLines } from './lines.ts';
import { checkRow, planRows } from './messages.ts';
import { readRows, type SourceRow } from './rows.ts';
import type { Mapping, RowError } from './schema.ts';

/** Turns the bytes of a file into rows, and each row into a message or what is wrong with it. */
export interface Reader {
  /** The rows in batches, without a header. */
  rows(bytes: AsyncIterable<Buffer>): AsyncGenerator<SourceRow[]>;
  /** The JSON text of the row's message, or what is wrong; the same each time for the same row and number (from 1). */
  check(row: SourceRow, number: number): string | RowError;
}

/**
 * @param mapping of CSV, settled for this file
 * @param contentKey names the messages
 * @param timestamp ISO 8601: the time of messages that bring none
 */
export function createReader(
  shape: Shape,
  mapping: Mapping | null,
  contentKey: string,
  timestamp: string,
): Reader {
  if (shape.format !== 'csv') {
    const plan = { format: shape.format, contentKey, timestamp };
    return { rows: readLines, check: (row, number) => checkLine(plan, row, number) };
  }
  const { delimiter, headers, preamble } = shape;
  const plan = planRows(mapping!, contentKey, timestamp);
  return {
    rows: (bytes) => withoutHeader(readRows(bytes, delimiter, headers.length, 1 + preamble.lines)),
    check: (row, number) => checkRow(plan, row, number),
  };
}

async function* withoutHeader(batches: AsyncGenerator<SourceRow[]>): AsyncGenerator<SourceRow[]> {
  let header = true;
  for await (const batch of batches) {
    yield header ? batch.slice(1) : batch;
    header = false;
  }
}

const digest = (what: unknown) =>
  createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16);

/** Names the messages of an import: the same content taken in with the same mapping has the same name. */
export const contentKey = (sha256: string, shape: Shape, mapping: Mapping | null): string =>
  mapping === null
    ? digest([sha256, shape.format])
    : digest([
        sha256,
        mapping.identity,
        mapping.country,
        mapping.columns.map((c) => [c.attribute, c.kind, c.date_order, c.decimal]),
      ]);

/** Two files with the same columns have the same key: they come from the same place, and have one mapping. */
export const headersKey = (headers: readonly string[]): string => digest(headers);
