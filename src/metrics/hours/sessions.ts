import type { ClickHouse } from '../../engine/index.ts';
import { empty, type List, statements } from './statements.ts';

/**
 * Hours of sight around changed hours, until nobody's session reaches further: nearly all sessions are settled by the
 * first; the last is twenty years.
 */
const reaches = [3, 48, 768, 12_288, 175_200];

/**
 * Makes the sessions right of everybody who did something in the hours of a chunk, or did according to what was
 * written before (an event may have been erased). Two steps, each of which compares what should be with what is:
 * events of the hours → pieces, pieces around what changed → sessions. The changes are written down in between, so a kill
 * at any point leaves nothing that running it again does not mend.
 *
 * @param chunk with more messages than `slice` (one hour of one workspace) it is taken by a part of the visitors at a time
 */
export async function buildSessions(
  clickhouse: ClickHouse,
  chunk: { list: List; chunk: number; messages: number; slice: number },
  signal: AbortSignal,
): Promise<void> {
  const run = (statement: (typeof statements)[keyof typeof statements], params = {}) =>
    clickhouse.run(statement, params, { signal });
  const slices = Math.max(1, Math.ceil(chunk.messages / chunk.slice));
  for (let slice = 0; slice < slices; slice++) {
    const part = { list: chunk.list, chunk: chunk.chunk, slices, slice };
    await run(empty.piecesFound);
    await run(statements.piecesFound, part);
    await run(statements.pieceChanges, part);
    // What a killed builder left is there, too. With none, pieces and sessions are what they should be.
    const { changes } = await clickhouse.row<{ changes: number }>(statements.changesLeft, {}, { signal });
    if (changes === 0) continue;
    await run(statements.pieces, part);
    await joinPieces(clickhouse, signal);
  }
  await run(empty.piecesFound);
}

/** Puts sessions together from pieces around everything in `session_changes`, then empties it. */
async function joinPieces(clickhouse: ClickHouse, signal: AbortSignal): Promise<void> {
  await clickhouse.run(empty.sessionRegions);
  await clickhouse.run(empty.sessionsFound);
  let reached = 0;
  for (const reach of reaches) {
    await clickhouse.run(statements.regions, { reach, reached }, { signal });
    const { visitors } = await clickhouse.row<{ visitors: number }>(
      statements.regionsUnsettled,
      { reach },
      { signal },
    );
    if (visitors === 0) break;
    reached = reach;
  }
  await clickhouse.run(statements.sessionsFound, {}, { signal });
  await clickhouse.run(statements.sessions, {}, { signal });
  await clickhouse.run(empty.sessionChanges);
}
