import { type Engine, type Statement, statement } from '../engine/index.ts';
import type { Log } from '../log/index.ts';

const changesOf = statement(import.meta.url, './sql/changes_of_people.sql');
const picksOf = statement(import.meta.url, './sql/picks_of_people.sql');
const picksErase = statement(import.meta.url, './sql/picks_erase.sql');
const uploadsOf = statement(import.meta.url, './sql/uploads_of_people.sql');
const uploadsErase = statement(import.meta.url, './sql/uploads_erase.sql');
const changesErase = statement(import.meta.url, './sql/changes_erase.sql');

/** Who is erased was in no segment, and picked for none. */
export function eraseFromSegments({ clickhouse }: Engine, log: Log): void {
  const settings = { lightweight_deletes_sync: '2', mutations_sync: '2' };
  const remove = async (count: Statement, erase: Statement, of: { workspace: string; ids: string[] }) => {
    const found = await clickhouse.row<{ count: number }>(count, of);
    if (found.count > 0) await clickhouse.run(erase, of, { settings });
    return found.count;
  };
  log.erase.onErase(async ({ workspace, ids }) => {
    const of = { workspace, ids: [...ids] };
    return {
      removed: {
        segment_changes: await remove(changesOf, changesErase, of),
        segment_picks: await remove(picksOf, picksErase, of),
        segment_uploads: await remove(uploadsOf, uploadsErase, of),
      },
    };
  });
}
