import { adhoc, type ClickHouse } from '../../engine/index.ts';
import type { Log, LogMessage } from '../../log/index.ts';
import type { Change, Held, MappedRecord, Removal, Sink, Value } from '../sink.ts';

export interface ProfilesSinkOptions {
  clickhouse: ClickHouse;
  log: Pick<Log, 'append'>;
  workspace: string;
  connection: string;
  /** The attribute that says that somebody is on the list; null for who is not. */
  membership: string;
  /** Attributes that mean something only while somebody is on the list. */
  ofTheList: readonly string[];
  now: () => Date;
}

/** The value of the attribute that says who is on the list. */
const onTheList = 'listed';

const newest = adhoc(
  'connection_applied',
  `SELECT profile, toUnixTimestamp64Milli(max(newest).time) AS time FROM profile_attributes
   WHERE workspace = {workspace:UUID} AND key = {key:String} AND profile IN {profiles:Array(String)} GROUP BY profile`,
);

/**
 * People of the workspace: each record is an `identify` message. What is mapped becomes their attributes; what a record
 * has no value for is taken away only where this connection had given one. Who leaves the list keeps their attributes, but
 * the one that says they are on it.
 */
export function profilesSink(options: ProfilesSinkOptions): Sink {
  const { clickhouse, log, workspace, connection, membership, ofTheList, now } = options;

  const identify = (id: string, profile: string, traits: Record<string, Value>, time: Date): LogMessage => ({
    workspace,
    source: `connection:${connection}`,
    receivedAt: now(),
    message: JSON.stringify({
      type: 'identify',
      messageId: `connection:${connection}:${id}:${time.getTime()}`,
      userId: profile,
      timestamp: time.toISOString(),
      traits,
    }),
  });
  /** For everybody it was about, and may still be, but `who` it is about now. */
  const leave = (
    id: string,
    { profile, former, attributes }: Held,
    time: Date,
    who?: string | null,
  ): LogMessage[] => {
    const names = [membership, ...ofTheList.filter((name) => attributes.includes(name))];
    const traits = Object.fromEntries(names.map((name) => [name, null]));
    return [...former, ...(profile === null ? [] : [profile])]
      .filter((one) => one !== who)
      .map((one, n) => identify(`${id}:left${n}`, one, traits, time));
  };

  return {
    name: 'profiles',
    batchSize: 1_000,

    async upsert(changes) {
      await log.append(
        changes.flatMap(({ record, before, time }: Change) => {
          const moved = before && before.profile !== record.profile;
          const messages = before ? leave(record.id, before, time, record.profile) : [];
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
      await log.append(removals.flatMap(({ id, before, time }: Removal) => leave(id, before, time)));
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
