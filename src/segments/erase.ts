import { type Engine, statement } from '../engine/index.ts';
import type { Log } from '../log/index.ts';

const changesOf = statement(import.meta.url, './sql/changes_of_people.sql');
const changesErase = statement(import.meta.url, './sql/changes_erase.sql');

/** Who is erased was in no segment. */
export function eraseFromSegments({ clickhouse }: Engine, log: Log): void {
  log.erase.onErase(async ({ workspace, ids }) => {
    const { count } = await clickhouse.row<{ count: number }>(changesOf, { workspace, ids: [...ids] });
    if (count > 0) {
      const settings = { lightweight_deletes_sync: '2', mutations_sync: '2' };
      await clickhouse.run(changesErase, { workspace, ids: [...ids] }, { settings });
    }
    return { removed: { segment_changes: count } };
  });
}
