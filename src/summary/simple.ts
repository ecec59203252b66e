import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { readActivity } from './activity.ts';
import { openInput } from './input.ts';
import { linesOf } from './lines.ts';

export interface Counts {
  lines: number;
  users: number;
  /** Distinct events of users. */
  events: number;
  /** Attributes of users. */
  attributes: number;
  /** Right lines without a user_id. */
  nobody: number;
  rejected: number;
}

export interface Rejected {
  line: number;
  reason: string;
}

interface Person {
  attributes: Map<string, { time: bigint; value: string }>;
  /** Name → ids. */
  events: Map<string, Set<string>>;
}

/**
 * The summary, all in memory: the definition of right.
 *
 * @param onRejected told of each line that cannot be counted, in order
 */
export async function summarizeInMemory(
  input: string,
  out: string,
  onRejected: (rejected: Rejected) => void,
): Promise<Counts> {
  const people = new Map<string, Person>();
  const counts = { lines: 0, users: 0, events: 0, attributes: 0, nobody: 0, rejected: 0 };

  for await (const line of linesOf(openInput(input))) {
    counts.lines++;
    const activity = readActivity(line);
    if (activity.kind === 'rejected') {
      counts.rejected++;
      onRejected({ line: counts.lines, reason: activity.reason });
    } else if (activity.kind === 'nobody') counts.nobody++;
    else {
      const person = getOr(people, activity.user, () => ({ attributes: new Map(), events: new Map() }));
      if (activity.kind === 'event') getOr(person.events, activity.name, () => new Set()).add(activity.id);
      else {
        const { time } = activity;
        for (const [name, value] of activity.values) {
          const known = person.attributes.get(name);
          if (!known || known.time <= time) person.attributes.set(name, { time, value });
        }
      }
    }
  }

  const file = createWriteStream(out, { flush: true });
  for (const [user, { attributes, events }] of inByteOrder(people)) {
    counts.users++;
    counts.attributes += attributes.size;
    for (const ids of events.values()) counts.events += ids.size;
    const attributePairs = inByteOrder(attributes).map(([name, { value }]) => `${name}=${value}`);
    const eventPairs = inByteOrder(events).map(([name, ids]) => `${name}=${ids.size}`);
    if (!file.write(`${user},${attributePairs.join(',')},${eventPairs.join(',')}\n`))
      await once(file, 'drain');
  }
  await finished(file.end());
  return counts;
}

function getOr<V>(map: Map<string, V>, key: string, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** By the bytes of UTF-8, which is the order of code points; JavaScript's own order differs beyond U+FFFF. */
function inByteOrder<V>(map: Map<string, V>): [string, V][] {
  return [...map]
    .map(([key, value]) => ({ bytes: Buffer.from(key), entry: [key, value] as [string, V] }))
    .sort((a, b) => a.bytes.compare(b.bytes))
    .map(({ entry }) => entry);
}
