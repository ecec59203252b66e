import { adhoc, type ClickHouse } from '../../engine/index.ts';
import { readable } from '../readable.ts';
import { background, readBy } from './derive.ts';
import type { Verification } from './schema.ts';
import type { Job } from './store.ts';
import { type Condition, sideOf } from './tables.ts';

/** Messages compared by one statement: 16 bytes for each different id, and as many for its hour and name, are held in memory. */
const mostAtOnce = 4_000_000;

/** What was derived is not what the log says. Nothing was swapped. */
export class VerificationFailed extends Error {}

/** Workspaces, in the order of the log, with about so many messages together. */
interface Bin {
  first: string;
  last: string;
}

type Take = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Counts the log again, by nothing but the type and the id of each message, and compares it with what was derived:
 * every different id must be there, and nothing else.
 *
 * @param take each comparison is made in its own turn
 * @throws VerificationFailed with what is missing
 */
export async function verify(
  clickhouse: ClickHouse,
  job: Job,
  take: Take,
  signal?: AbortSignal,
): Promise<Verification> {
  const total = { messages: 0, different: 0, derived: 0, events: 0 };
  for (const bin of await binsOf(clickhouse, readBy(job, 'events'))) {
    signal?.throwIfAborted();
    const found = await take(() => compareEvents(clickhouse, job, bin));
    for (const name of ['messages', 'different', 'derived', 'events'] as const) total[name] += found[name];
  }
  const people = job.profiles ? await verifyPeople(clickhouse, job, take, signal) : undefined;
  return { ...total, ...people, explanation: explain(total) };
}

function binsOf(clickhouse: ClickHouse, which: Condition): Promise<Bin[]> {
  return clickhouse.rows<Bin>(
    adhoc(
      'reprocess_bins',
      `SELECT min(workspace) AS first, max(workspace) AS last FROM
       (
           SELECT workspace, n, sum(n) OVER (ORDER BY workspace ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS upto
           FROM (SELECT workspace, count() AS n FROM messages WHERE ${which.sql} GROUP BY workspace)
       )
       GROUP BY intDiv(upto - n, {most:UInt64}) AS bin ORDER BY bin`,
    ),
    { ...which.params, most: mostAtOnce },
  );
}

const inBin = 'workspace >= {first:UUID} AND workspace <= {last:UUID}';

/** Ids of the log, by a reading of their own: a mistake in the processing must not hide itself. */
const idsOfLog = (which: Condition) => `
    SELECT workspace, m.2 AS message_id
    FROM
    (
        SELECT workspace, JSONExtract(${readable}, 'Tuple(type String, messageId String)') AS m
        FROM messages WHERE ${which.sql} AND ${inBin}
    )
    WHERE m.1 IN ('track', 'page', 'screen')`;

const idsDerived = (which: Condition) => `
    SELECT workspace, message_id, hour, name FROM ${sideOf('events')} WHERE ${which.sql} AND ${inBin}`;

/**
 * Different ids are told apart by 128 bits of their hash: half the time of grouping by the ids themselves, and a
 * quarter of the memory.
 */
async function compareEvents(clickhouse: ClickHouse, job: Job, bin: Bin) {
  const which = readBy(job, 'events');
  const params = { ...which.params, ...bin };
  const count = (name: string, times: string, ids: string) =>
    clickhouse.row<{ ids: number; times: number }>(
      adhoc(name, `SELECT uniqExact(workspace, message_id) AS ids, ${times} AS times FROM (${ids})`),
      params,
      { settings: background },
    );
  const log = await count('reprocess_count_log', 'count()', idsOfLog(which));
  const side = await count(
    'reprocess_count_derived',
    'uniqExact(workspace, message_id, hour, name)',
    idsDerived(which),
  );
  if (log.ids !== side.ids) {
    const [more, less] = log.ids > side.ids ? [idsOfLog, idsDerived] : [idsDerived, idsOfLog];
    const some = await clickhouse.rows<{ message_id: string }>(
      adhoc(
        'reprocess_missing',
        `SELECT DISTINCT message_id FROM (${more(which)}) WHERE (workspace, message_id) NOT IN (SELECT workspace, message_id FROM (${less(which)})) LIMIT 3`,
      ),
      params,
      { settings: background },
    );
    throw new VerificationFailed(
      `Of ${log.ids} different messages of type track, page and screen, ${side.ids} were derived ` +
        `(${log.ids > side.ids ? 'missing' : 'too many'}, for example: ${some.map((one) => one.message_id).join(', ')}). Nothing was changed.`,
    );
  }
  return { messages: log.times, different: log.ids, derived: side.ids, events: side.times };
}

/** The same for people: everybody somebody else's message tells of must have been seen. */
async function verifyPeople(clickhouse: ClickHouse, job: Job, take: Take, signal?: AbortSignal) {
  const which = readBy(job, 'profiles');
  const total = { people: 0, seen: 0 };
  for (const bin of await binsOf(clickhouse, which)) {
    signal?.throwIfAborted();
    const found = await take(() =>
      clickhouse.row<{ people: number; seen: number }>(
        adhoc(
          'reprocess_count_people',
          `SELECT
               (
                   SELECT count() FROM
                   (
                       SELECT 1 FROM
                       (
                           SELECT workspace, JSONExtract(${readable}, 'Tuple(userId String, anonymousId String)') AS m
                           FROM messages
                           WHERE ${which.sql} AND ${inBin} AND source NOT LIKE 'delivery%' AND source NOT LIKE 'segment:%'
                       )
                       GROUP BY workspace, if(m.1 = '', m.2, m.1)
                   )
               ) AS people,
               (
                   SELECT count() FROM
                   (SELECT workspace FROM ${sideOf('people')} WHERE ${inBin} GROUP BY workspace, person)
               ) AS seen`,
        ),
        { ...which.params, ...bin },
        { settings: background },
      ),
    );
    if (found.people !== found.seen) {
      throw new VerificationFailed(
        `Of ${found.people} people the log tells of, ${found.seen} were derived. Nothing was changed.`,
      );
    }
    total.people += found.people;
    total.seen += found.seen;
  }
  return total;
}

function explain({ messages, different, events }: Omit<Verification, 'explanation'>): string {
  const parts = [`${messages} messages of type track, page and screen`];
  if (messages > different) parts.push(`${messages - different} of them were sent again with the same id`);
  if (events > different)
    parts.push(`${events - different} events more: ids used again at another hour or name`);
  return parts.join('; ');
}
