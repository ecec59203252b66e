import { adhoc, type ClickHouse, Problem } from '../../engine/index.ts';
import type { Log } from '../../log/index.ts';
import type { Holders } from '../records.ts';
import type { Change, Held, MappedRecord, Removal, Sink, Value } from '../sink.ts';

export interface ProfilesSinkOptions {
  clickhouse: ClickHouse;
  log: Pick<Log, 'append' | 'processed'>;
  workspace: string;
  connection: string;
  /** The attribute that says that somebody is on the list; null for who is not. */
  membership: string;
  /** Attributes that mean something only while somebody is on the list. */
  ofTheList: readonly string[];
  /** Somebody stays on the list while any record says so: who was deleted may be back as another record. */
  holders: Holders;
  now: () => Date;
}

const none: ReadonlySet<string> = new Set();
const aboutOf = ({ profile, former }: Held) => [...former, ...(profile === null ? [] : [profile])];

const mostAttempts = 10;

/** The value of the attribute that says who is on the list. */
export const onTheList = 'listed';

const newest = adhoc(
  'connection_applied',
  `SELECT given.profile AS profile, toInt64(bitShiftRight(max(a.precedence), 84)) AS time
   FROM profile_attributes AS a
   INNER JOIN (SELECT arrayJoin({profiles:Array(String)}) AS profile, sipHash64(profile) AS person) AS given
       ON a.person = given.person
   WHERE a.workspace = {workspace:UUID} AND a.key = {key:String}
     AND a.person IN (SELECT sipHash64(arrayJoin({profiles:Array(String)})))
   GROUP BY profile`,
);

/**
 * People of the workspace: each record is an `identify` message. What is mapped becomes their attributes; what a record
 * has no value for is taken away only where this connection had given one. Who leaves the list keeps their attributes, but
 * the one that says they are on it.
 */
export function profilesSink(options: ProfilesSinkOptions): Sink {
  const { clickhouse, log, workspace, connection, membership, ofTheList, holders, now } = options;
  /**
   * Resolves when they are in the views, not only in the log: whoever takes over from a worker that was killed finds its records
   * applied and looks no further. Others send as well: while the log has more than it can process, this waits and does
   * not fail.
   */
  async function give(messages: readonly string[]): Promise<void> {
    const [source, receivedAt] = [`connection:${connection}`, now()];
    const given = messages.map((message) => ({ workspace, source, receivedAt, message }));
    for (let attempt = 1; ; attempt++) {
      try {
        return await log.append(given);
      } catch (error) {
        if (!(error instanceof Problem && error.code === 'overloaded') || attempt === mostAttempts)
          throw error;
        await log.processed();
      }
    }
  }
  const identify = (id: string, profile: string, traits: Record<string, Value>, time: Date): string =>
    JSON.stringify({
      type: 'identify',
      messageId: `connection:${connection}:${id}:${time.getTime()}`,
      userId: profile,
      timestamp: time.toISOString(),
      traits,
    });
  const leave = (id: string, people: readonly string[], { attributes }: Held, time: Date): string[] => {
    const names = [membership, ...ofTheList.filter((name) => attributes.includes(name))];
    const traits = Object.fromEntries(names.map((name) => [name, null]));
    return people.map((one, n) => identify(`${id}:left${n}`, one, traits, time));
  };

  return {
    name: 'profiles',
    batchSize: 5_000,

    async upsert(changes) {
      const leftBy = ({ record, before }: Change) =>
        before ? aboutOf(before).filter((one) => one !== record.profile) : [];
      const left = changes.flatMap(leftBy);
      const stay = left.length > 0 ? await holders(left, []) : none;
      await give(
        changes.flatMap((change: Change) => {
          const { record, before, time } = change;
          const moved = before && before.profile !== record.profile;
          // A moment earlier: in the same second another may have taken the address.
          const leaving = new Date(Math.max((before?.appliedAt.getTime() ?? 0) + 1, time.getTime() - 1));
          const people = leftBy(change).filter((one) => !stay.has(one));
          const messages = before ? leave(record.id, people, before, leaving) : [];
          if (record.profile !== null) {
            messages.push(
              identify(record.id, record.profile, traitsOf(record, moved ? undefined : before), time),
            );
          }
          return messages;
        }),
      );
      return changes.flatMap(({ record }) =>
        record.profile === null
          ? [{ id: record.id, reason: 'has no value in the field people are known by' }]
          : [],
      );
    },

    async remove(removals) {
      const gone = removals.flatMap(({ before }) => aboutOf(before));
      const ids = removals.map(({ id }) => id);
      const stay = await holders(gone, ids);
      await give(
        removals.flatMap(({ id, before, time }: Removal) => {
          const people = aboutOf(before).filter((one) => !stay.has(one));
          return leave(id, people, before, time);
        }),
      );
      return [];
    },

    /** By the time of the attribute that says who is on the list, which every application writes. */
    async missing(sample) {
      const known = sample.filter(({ before }) => before.profile !== null);
      if (known.length === 0) return [];
      const rows = await clickhouse.rows<{ profile: string; time: number }>(newest, {
        workspace,
        key: membership,
        profiles: known.map(({ before }) => before.profile),
      });
      const times = new Map(rows.map(({ profile, time }) => [profile, time]));
      return known
        .filter(({ before }) => (times.get(before.profile!) ?? 0) < before.appliedAt.getTime())
        .map(({ id }) => id);
    },
  };

  function traitsOf({ attributes, listed }: MappedRecord, before: Held | undefined): Record<string, Value> {
    const traits: Record<string, Value> = { [membership]: listed ? onTheList : null };
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null || before?.attributes.includes(name)) traits[name] = value;
    }
    return traits;
  }
}
