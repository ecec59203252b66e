import { type ClickHouse, statement } from '../engine/index.ts';

const picksOfIds = statement(import.meta.url, './sql/picks_of_ids.sql');
const picksOfEmails = statement(import.meta.url, './sql/picks_of_emails.sql');
const picksRemove = statement(import.meta.url, './sql/picks_remove.sql');
const picksForget = statement(import.meta.url, './sql/picks_forget.sql');

/** Ids and addresses in one statement: as many as fit into the 1 MB of parameters a server takes. */
const most = { entries: 20_000, characters: 200_000 };

export interface Resolved {
  /** People, each once, though several of their ids may have been given. */
  profiles: string[];
  /** What names nobody, as it was given. */
  unknown: string[];
}

/**
 * Who is meant by ids or e-mail addresses. What is somebody's id means them; anything else whoever has it as the
 * attribute `email` now, whichever way it is written.
 */
export async function whoIs(
  clickhouse: ClickHouse,
  workspace: string,
  given: readonly string[],
): Promise<Resolved> {
  const asked = [...new Set(given)];
  type Row = { given: string; profile: string };
  const known = new Set<string>();
  const profiles = new Set<string>();
  for (const row of await clickhouse.rows<Row>(picksOfIds, { workspace, ids: asked })) {
    known.add(row.given);
    profiles.add(row.profile);
  }
  const addresses = Map.groupBy(
    asked.filter((text) => !known.has(text) && text.includes('@')),
    (text) => text.toLowerCase(),
  );
  if (addresses.size > 0) {
    const emails = [...addresses.keys()];
    for (const row of await clickhouse.rows<Row>(picksOfEmails, { workspace, emails })) {
      for (const text of addresses.get(row.given) ?? []) known.add(text);
      profiles.add(row.profile);
    }
  }
  return { profiles: [...profiles], unknown: asked.filter((text) => !known.has(text)) };
}

/** Texts in batches that one statement can take. */
export async function* inBatches(texts: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = [];
  let characters = 0;
  for await (const text of texts) {
    batch.push(text);
    characters += text.length;
    if (batch.length >= most.entries || characters >= most.characters) {
      yield batch;
      batch = [];
      characters = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

export interface Pick {
  workspace: string;
  segment: string;
  /** Milliseconds of the change: a later one wins, whatever arrives first. */
  version: number;
}

/** Picks people for a static segment. Again changes nothing. */
export async function addPicks(
  clickhouse: ClickHouse,
  pick: Pick,
  profiles: readonly string[],
): Promise<void> {
  if (profiles.length === 0) return;
  const rows = profiles.map((profile) => `${JSON.stringify({ ...pick, profile, picked: 1 })}\n`);
  const columns = ['workspace', 'segment', 'profile', 'picked', 'version'];
  await clickhouse.insert('segment_picks', columns, Buffer.from(rows.join('')));
}

export async function removePicks(
  clickhouse: ClickHouse,
  pick: Pick,
  profiles: readonly string[],
): Promise<void> {
  if (profiles.length > 0) await clickhouse.run(picksRemove, { ...pick, profiles });
}

/** The segment is no more. */
export const forgetPicks = (clickhouse: ClickHouse, workspace: string, segment: string) =>
  clickhouse.run(
    picksForget,
    { workspace, segment },
    { settings: { lightweight_deletes_sync: '2', mutations_sync: '2' } },
  );
