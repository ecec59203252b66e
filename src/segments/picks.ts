import { randomUUID } from 'node:crypto';
import { type ClickHouse, type Statement, statement } from '../engine/index.ts';

const uploadsResolve = statement(import.meta.url, './sql/uploads_resolve.sql');
const uploadsCount = statement(import.meta.url, './sql/uploads_count.sql');
const uploadsForget = statement(import.meta.url, './sql/uploads_forget.sql');
const picksAdd = statement(import.meta.url, './sql/picks_add.sql');
const picksRemove = statement(import.meta.url, './sql/picks_remove.sql');
const picksForget = statement(import.meta.url, './sql/picks_forget.sql');

/** Lines in one insert. */
const linesAtOnce = 50_000;

/** A deletion is seen by everybody when it returns. */
const atOnce = { lightweight_deletes_sync: '2', mutations_sync: '2' } as const;

/** Which static segment is changed, and when: a later change wins, whatever arrives first. */
export interface Pick {
  workspace: string;
  segment: string;
  /** Milliseconds since 1970. */
  version: number;
}

export interface Picked {
  /** How many ids and addresses were given, and how many of them name nobody. */
  lines: number;
  unknown: number;
  /** What names nobody, up to 10,000. */
  nobody: string[];
  /** How many people the others mean. */
  people: number;
}

type Given = Iterable<string> | AsyncIterable<string>;

/** Picks who is meant by ids or e-mail addresses. Again changes nothing. */
export const addPicks = (clickhouse: ClickHouse, pick: Pick, given: Given) =>
  change(clickhouse, picksAdd, pick, given);

/** Takes out who is meant by ids or e-mail addresses. */
export const removePicks = (clickhouse: ClickHouse, pick: Pick, given: Given) =>
  change(clickhouse, picksRemove, pick, given);

/**
 * What is given is written into a table and joined there with everybody at once: asked for some thousands at a time, of a
 * million people 400,000 addresses took 167 s, since every time all addresses are read.
 */
async function change(
  clickhouse: ClickHouse,
  statement: Statement,
  pick: Pick,
  given: Given,
): Promise<Picked> {
  const upload = { workspace: pick.workspace, upload: randomUUID() };
  let written = false;
  try {
    for await (const texts of inBatches(given)) {
      written = true;
      const rows = texts.map((text) => `${JSON.stringify({ ...upload, given: text.toWellFormed() })}\n`);
      await clickhouse.insert(
        'segment_uploads',
        ['workspace', 'upload', 'given'],
        Buffer.from(rows.join('')),
      );
    }
    if (!written) return { lines: 0, unknown: 0, nobody: [], people: 0 };
    await clickhouse.run(uploadsResolve, upload);
    const picked = await clickhouse.row<Picked>(uploadsCount, upload);
    await clickhouse.run(statement, { ...pick, ...upload });
    return picked;
  } finally {
    if (written) await clickhouse.run(uploadsForget, upload, { settings: atOnce });
  }
}

async function* inBatches(texts: Given): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const text of texts) {
    batch.push(text);
    if (batch.length < linesAtOnce) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The segment is no more. */
export const forgetPicks = (clickhouse: ClickHouse, workspace: string, segment: string) =>
  clickhouse.run(picksForget, { workspace, segment }, { settings: atOnce });
