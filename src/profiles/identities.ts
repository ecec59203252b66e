import { type ClickHouse, notFound, type QueryOptions, type Statement, statement } from '../engine/index.ts';
import type { Identity } from './schema.ts';

const identitiesOf = statement(import.meta.url, './sql/identities_of.sql');
const personJoins = statement(import.meta.url, './sql/person_joins.sql');
const personJoinsSaid = statement(import.meta.url, './sql/person_joins_said.sql');
const personKinds = statement(import.meta.url, './sql/person_kinds.sql');

interface Link {
  from_id: string;
  to_id: string;
  /** Milliseconds since 1970. */
  since: number;
  made_by: string;
}

/** A person's id, all ids of that person, and what joined them. */
export interface Known {
  id: string;
  ids: string[];
  links: Link[];
}

/** How often the views follow a link, and so how often it is done here. */
const steps = 4;

/** The person an id belongs to, found as the views find it. Throws Problem 404 for what can be no id. */
export async function resolve(clickhouse: ClickHouse, workspace: string, given: string): Promise<Known> {
  // No person has such an id, and what upper rooms ask of PostgreSQL cannot hold it.
  if (given.includes('\0')) throw notFound('person', given);
  const found = new Map<string, Link>();
  let ids = [given];
  // To the end of the chain at most, and from there back to the beginning of each.
  for (let round = 0; round <= 2 * steps; round++) {
    const links = await clickhouse.rows<Link>(identitiesOf, { workspace, ids });
    for (const link of links) found.set(link.from_id, link);
    const wider = [...new Set([...ids, ...links.flatMap(({ from_id, to_id }) => [from_id, to_id])])];
    if (wider.length === ids.length) break;
    ids = wider;
  }
  const endOf = (from: string) => {
    let id = from;
    for (let step = 0; step < steps; step++) id = found.get(id)?.to_id ?? id;
    return id;
  };
  const id = endOf(given);
  const theirs = ids.filter((one) => one !== id && endOf(one) === id).sort();
  // Of ids that lead to each other in a circle, one may be called by another that belongs to a third.
  const own = endOf(id) === id ? [id] : [];
  return { id, ids: [...own, ...theirs], links: theirs.flatMap((one) => found.get(one) ?? []) };
}

/** The ids of a person as a person reads them: what each is, and how it came to be theirs. */
export async function mergedOf(
  clickhouse: ClickHouse,
  workspace: string,
  { id, ids, links }: Known,
): Promise<Identity[]> {
  const [stand, messages] = await Promise.all([
    clickhouse.row<{ users: string[]; devices: string[] }>(personKinds, { workspace, ids }),
    joiningMessages(clickhouse, workspace, ids, links),
  ]);
  const targets = new Set([...stand.users, ...links.map(({ to_id }) => to_id)]);
  const own = targets.has(id) || !stand.devices.includes(id) ? 'user' : 'anonymous';
  return [
    { id, kind: own, since: null, joined_to: null, message: null },
    ...links.map(({ from_id, to_id, since, made_by }): Identity => {
      const message = messages.get(made_by) ?? null;
      const isUser = targets.has(from_id);
      return {
        id: from_id,
        kind: isUser ? 'user' : message?.type === 'alias' ? 'previous' : 'anonymous',
        since: new Date(since).toISOString(),
        joined_to: to_id,
        message,
      };
    }),
  ];
}

type Joining = NonNullable<Identity['message']> & { made_by: string };

/**
 * The messages that made the links: of the events, then where they should have arrived, then anywhere in a log that is not
 * too long for a person to wait for. One that is kept no more is not found.
 */
async function joiningMessages(
  clickhouse: ClickHouse,
  workspace: string,
  ids: readonly string[],
  links: readonly Link[],
): Promise<Map<string, Identity['message']>> {
  const found = new Map<string, Identity['message']>();
  const missing = () => links.filter(({ made_by }) => !found.has(made_by)).slice(0, mostLookedFor);
  const ask = async (
    statement: Statement,
    params: Record<string, unknown>,
    settings: QueryOptions['settings'] = {},
  ) => {
    const wanted = missing();
    if (wanted.length === 0) return;
    const made_by = wanted.map((link) => link.made_by);
    const from_ids = wanted.map(({ from_id }) => from_id);
    const since = wanted.map((link) => clockText(link.since));
    const all = { workspace, ids, made_by, from_ids, since, ...params };
    const rows = await clickhouse.rows<Joining>(statement, all, { settings });
    for (const { made_by, ...message } of rows) found.set(made_by, message);
  };
  const times = links.map(({ since }) => since);
  await ask(personJoins, {});
  await ask(personJoinsSaid, {
    anywhere: false,
    first: new Date(Math.min(...times) - 5 * 60_000),
    last: new Date(Math.max(...times) + 60 * 60_000),
  });
  await ask(
    personJoinsSaid,
    { anywhere: true, first: new Date(0), last: new Date(Date.UTC(2299, 0)) },
    { max_rows_to_read: String(mostRead), read_overflow_mode: 'break' },
  );
  return found;
}

/** Messages read for those that arrived long after they were said: a tenth of a second's work. */
const mostRead = 300_000;

/** The engine looks for 255 texts at once. */
const mostLookedFor = 255;

/** A time as it stands in an array of the engine. */
const clockText = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
