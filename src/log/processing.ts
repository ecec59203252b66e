import { readFileSync } from 'node:fs';
import { adhoc, type ClickHouse, statement } from '../engine/index.ts';

/**
 * The processing: how a message becomes rows of the views. Each file of `processing/` is the SELECT of one
 * materialized view over `incoming`, and the same text derives a past range again. A fix is: change the SQL,
 * raise the version; the next start makes the views run it.
 */
export const processingVersion = 1;

const views = ['events', 'hour_marks', 'profile_attributes', 'profile_seen', 'identities'] as const;
export type View = (typeof views)[number];

const selects = Object.fromEntries(
  views.map((view) => [
    view,
    readFileSync(new URL(`./processing/${view}.sql`, import.meta.url), 'utf8').trim(),
  ]),
) as Record<View, string>;

/** The SELECT of a view over something else that has the columns of `incoming`: a table, or a SELECT in brackets. */
export const selectOf = (view: View, from: string): string =>
  selects[view].replaceAll('FROM incoming', `FROM ${from}`);

const present = statement(import.meta.url, './sql/processing_version.sql');
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
