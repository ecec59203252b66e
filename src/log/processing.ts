import { readFileSync } from 'node:fs';
import { adhoc, type ClickHouse, statement } from '../engine/index.ts';

/**
 * The processing: how a message becomes rows of the views. Each file of `processing/` is the SELECT of one
 * materialized view over `incoming`, and the same text derives a past range again. A fix is: change the SQL,
 * raise the version; the next start makes the views run it.
 */
const processingVersion = 1;

const views = ['events', 'hour_marks', 'profile_attributes', 'profile_seen', 'identities'] as const;

const selects = Object.fromEntries(
  views.map((view) => [
    view,
    readFileSync(new URL(`./processing/${view}.sql`, import.meta.url), 'utf8').trim(),
  ]),
) as Record<(typeof views)[number], string>;

const present = statement(import.meta.url, './sql/processing_version.sql');
const newest = statement(import.meta.url, './sql/newest_message.sql');
const record = adhoc(
  'processing_record',
  'INSERT INTO processing_versions SELECT {version:UInt16}, {since:DateTime64(3)}',
);

/** Makes the materialized views run this program's processing. They run inside each insert. */
export async function installProcessing(clickhouse: ClickHouse, now: Date): Promise<void> {
  const { version } = await clickhouse.row<{ version: number }>(present);
  for (const view of views) {
    await clickhouse.run(
      adhoc(
        `create messages_to_${view}`,
        `CREATE MATERIALIZED VIEW IF NOT EXISTS messages_to_${view} TO ${view} AS ${selects[view]}`,
      ),
    );
    if (version !== 0 && version !== processingVersion) {
      await clickhouse.run(
        adhoc(`modify messages_to_${view}`, `ALTER TABLE messages_to_${view} MODIFY QUERY ${selects[view]}`),
      );
    }
  }
  if (version !== processingVersion) {
    await clickhouse.run(record, { version: processingVersion, since: now });
  }
}

/**
 * Derives the views again from the last minutes of the log. A kill between the log's part and its views'
 * parts leaves a message in the log alone; every view ignores what it already has, so repeating is harmless.
 */
export async function rederiveTail(clickhouse: ClickHouse, minutes = 10): Promise<void> {
  const { received_at } = await clickhouse.row<{ received_at: string }>(newest);
  for (const view of views) {
    const tail = selects[view].replace(
      'FROM incoming',
      "FROM (SELECT * FROM messages WHERE received_at >= {newest:DateTime64(3, 'UTC')} - toIntervalMinute({minutes:UInt16}))",
    );
    await clickhouse.run(adhoc(`rederive ${view}`, `INSERT INTO ${view} ${tail}`), {
      newest: received_at,
      minutes,
    });
  }
}
