import { sql } from 'kysely';
import type { Access } from '../access/index.ts';
import { createUses, type DeleteGuard, type Engine, Problem, type Room } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import {
  accountHash,
  audienceOf,
  changed,
  checked,
  checkSinks,
  pushes,
  scheduleColumns,
  slug,
} from './define.ts';
import { Trouble } from './errors.ts';
import { type Freshness, freshnessOf } from './freshness.ts';
import { createHttp, type HttpOptions } from './http.ts';
import { type LeftAlone, leftAloneBy } from './left_alone.ts';
import { type Audience, audiencesOf, audienceWith, type MergeField } from './mailchimp.ts';
import type { Mapping } from './map.ts';
import { nobodyHere, type PeopleHere, peopleOf } from './people.ts';
import { present } from './present.ts';
import { connectionRoutes } from './routes.ts';
import { Runner, type RunnerOptions } from './runner.ts';
import type { ConnectionChange, NewConnection, ShownConnection, SinkSettings } from './schema.ts';
import { onTheList } from './sinks/profiles.ts';
import type { SourceContext, SourceField } from './source.ts';
import { openStore } from './store.ts';

export { eraseFromConnections } from './erase.ts';
export type { Freshness } from './freshness.ts';
export { asksOfViews, type PeopleHere } from './people.ts';
export { showConnectionsOf } from './person.ts';
export type { ShownConnection, ShownRun } from './schema.ts';
export type { ConnectionState } from './state.ts';

/** Lists held by third parties, kept in sync. */
export interface Connections extends Room {
  create(workspace: string, asked: NewConnection): Promise<ShownConnection>;
  change(workspace: string, id: string, change: ConnectionChange): Promise<ShownConnection>;
  /** @throws Problem 404; 409 `connection_in_use` while something names it */
  remove(workspace: string, id: string): Promise<void>;
  /** Adds a reason why a connection may not be removed. */
  addDeleteGuard(guard: DeleteGuard): void;
  /** Told of workspaces whose connections may say in another way who is on their lists. */
  onChange(listener: (workspace: string) => void): void;
  get(workspace: string, id: string): Promise<ShownConnection>;
  list(workspace: string): Promise<ShownConnection[]>;
  /** Runs it as soon as a worker is free; `full`: everybody is read. */
  run(workspace: string, id: string, full: boolean): Promise<ShownConnection>;
  pause(workspace: string, id: string, paused: boolean): Promise<ShownConnection>;
  /** The removals that were held back may happen. */
  confirmRemovals(workspace: string, id: string): Promise<ShownConnection>;
  replay(workspace: string, id: string, letters?: readonly string[]): Promise<number>;
  /** Whether the list can be read, what it is called, and its fields with samples. */
  test(
    workspace: string,
    kind: string,
    asked: Pick<NewConnection, 'settings' | 'credentials' | 'sinks'>,
  ): Promise<Tested>;
  /** The audiences of Mailchimp that a key may see. */
  audiences(key: string): Promise<Audience[]>;
  /** What other rooms know of the people here, who can be pushed. */
  knowPeopleBy(people: PeopleHere): void;
  /** The connections that push this segment, e.g. `the connection "Regulars to Mailchimp"`. */
  pushing(workspace: string, segments: readonly string[]): Promise<string[]>;
  /** Who of a pushed segment is left alone, and why. */
  leftAlone(workspace: string, id: string): Promise<LeftAlone>;
  /** The same of one that is there. */
  fields(workspace: string, id: string): Promise<Tested>;
  /** Of all workspaces, or of one. */
  freshness(workspace?: string): Promise<Freshness[]>;
  /** The attribute that says who is on the list, and its value; undefined where there is none, or no such connection. */
  listedBy(workspace: string, id: string): Promise<{ attribute: string; value: string } | undefined>;
  /** Runs that changed something and were done at some time or later, in any order. */
  finishedSince(
    workspace: string,
    since: Date,
  ): Promise<{ run: string; connection: string; finished_at: Date }[]>;
  /** Milliseconds since this process last looked for work. */
  quietMs(): number;
  onRun(listener: (workspace: string) => void): void;
  /** Resolves when nothing is due and nothing runs. For tests. */
  idle(): Promise<void>;
}

export interface Tested {
  name: string;
  count: number | null;
  fields: SourceField[];
  /** The mapping that would be taken. */
  mapping: Mapping;
  /** Where a segment is pushed to. */
  audience: { name: string; count: number; fields: MergeField[] } | null;
}

export interface ConnectionsOptions {
  concurrency?: number;
  allowInternal?: boolean;
  sourceOf?: RunnerOptions['sourceOf'];
  http?: Pick<HttpOptions, 'waitMs' | 'timeoutMs'>;
}

const runsAtOnce = 16;
/** A person waits for it. */
const testTimeoutMs = 20_000;
const pruneEveryMs = 3_600_000;

export function createConnections(
  engine: Engine,
  { log, access }: { log: Log; access: Access },
  options: ConnectionsOptions = {},
): Connections {
  const { clock, secrets } = engine;
  const store = openStore(engine.postgres, clock);
  const listeners: ((workspace: string) => void)[] = [];
  const allowInternal = options.allowInternal ?? process.env.RAPPORT_ALLOW_INTERNAL === '1';
  const timezoneOf = async (workspace: string) => (await access.workspaces.get(workspace))?.timezone ?? 'UTC';
  let here = nobodyHere();
  const runner = new Runner(engine, {
    store,
    people: () => here,
    log,
    timezoneOf,
    allowInternal,
    concurrency: options.concurrency ?? runsAtOnce,
    ...(options.http ? { http: options.http } : {}),
    ...(options.sourceOf ? { sourceOf: options.sourceOf } : {}),
    ended: (workspace) => {
      for (const listener of listeners) listener(workspace);
    },
  });
  let pruning: NodeJS.Timeout | undefined;

  const open = (sealed: string | null) => (sealed === null ? {} : JSON.parse(secrets.open(sealed)));
  const show = async (workspace: string, id: string) =>
    present(await store.get(workspace, id), await timezoneOf(workspace), clock.now());

  const httpOf = (credentials: unknown) =>
    createHttp({
      signal: AbortSignal.timeout(testTimeoutMs),
      meter: { calls: 0, bytes: 0 },
      now: () => clock.now(),
      allowInternal,
      secrets: Object.values(credentials as object).filter((one) => typeof one === 'string'),
      ...options.http,
    });

  /** What is asked while a person waits. */
  async function asking<T>(field: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Trouble) {
        const hint = error.hint ? { hint: error.hint } : {};
        throw new Problem(400, error.code, error.message, { field, ...hint });
      }
      if ((error as Error).name !== 'TimeoutError') throw error;
      const message = `It did not answer within ${testTimeoutMs / 1_000} s.`;
      throw new Problem(400, 'unreachable', message, { field });
    }
  }

  async function tested(
    workspace: string,
    kind: string,
    {
      settings: given,
      credentials: secret,
      sinks = [],
    }: Pick<NewConnection, 'settings' | 'credentials' | 'sinks'>,
  ): Promise<Tested> {
    const { source, settings, credentials } = checked(kind, given, secret);
    const http = httpOf(credentials);
    const now = () => clock.now();
    const context: SourceContext = {
      ...{ settings, credentials, fields: [], http, now },
      people: peopleOf(here, workspace),
    };
    const found = await asking('settings', async () => {
      const { name, count } = await source.test(context);
      return { name, count, fields: eachOnce(await source.fieldsOf(context)) };
    });
    const to = audienceOf(sinks);
    const audience = to
      ? await asking('sinks.0.list', () => audienceWith(http, String(credentials.key), to.list))
      : null;
    // What the audience has no field for cannot be pushed.
    const fields = audience
      ? found.fields.map((field) => ({
          ...field,
          suggestion: audience.fields.some(({ tag }) => tag === field.suggestion) ? field.suggestion : null,
        }))
      : found.fields;
    const mapped = fields.flatMap(({ field, suggestion }) =>
      suggestion === null ? [] : [{ field, attribute: suggestion }],
    );
    const known = kind === pushes || fields.some(({ field }) => field === source.identity);
    const identity = known
      ? source.identity
      : (mapped.find(({ attribute }) => attribute === 'email')?.field ?? source.identity);
    return { ...found, fields, mapping: { identity, fields: mapped }, audience };
  }

  /** The segment is there, and no other connection gives and takes the same tag. */
  async function checkPush(
    workspace: string,
    settings: Record<string, unknown>,
    sinks: readonly SinkSettings[],
  ) {
    const to = audienceOf(sinks);
    if (!to) {
      const message = 'A segment goes to a mailchimp_audience: it must be told which.';
      throw new Problem(400, 'bad_connection', message, { field: 'sinks' });
    }
    await here.segment(workspace, String(settings.segment)).catch((error) => {
      if (!(error instanceof Problem && error.status === 404)) throw error;
      throw new Problem(400, 'unknown_segment', 'There is no such segment.', { field: 'settings.segment' });
    });
    const others = (await store.list(workspace)).map((row) => ({ ...row, to: audienceOf(row.sinks) }));
    const same = others.find((row) => row.to?.list === to.list && row.to.tag === to.tag);
    if (!same) return;
    throw new Problem(409, 'tag_taken', `The connection "${same.name}" gives that tag there.`, {
      field: 'sinks.0.tag',
      hint: 'Choose another tag.',
    });
  }

  const uses = createUses('connection');
  const changeListeners: ((workspace: string) => void)[] = [];
  const connections: Connections = {
    name: 'connections',
    folder: new URL('.', import.meta.url),
    routes: (app) => connectionRoutes(app, connections, store),
    async start() {
      await runner.start();
      pruning = setInterval(() => {
        store.prune().catch((err) => engine.log.warn({ err }, 'old runs could not be removed'));
      }, pruneEveryMs).unref();
    },
    async stop() {
      clearInterval(pruning);
      await runner.stop();
    },

    async create(workspace, asked) {
      const { source, settings, credentials } = checked(asked.kind, asked.settings, asked.credentials);
      if (source.kind === pushes) await checkPush(workspace, settings, asked.sinks ?? []);
      const mapping = asked.mapping ?? (await tested(workspace, asked.kind, asked)).mapping;
      const sinks = asked.sinks ?? [{ kind: 'profiles' as const, membership: slug(asked.name) }];
      checkSinks(source.kind, mapping, sinks, asked.sink_credentials);
      const id = await store.create({
        workspace,
        name: asked.name,
        kind: source.kind,
        settings: JSON.stringify(settings),
        credentials: secrets.seal(JSON.stringify(credentials)),
        account: accountHash(source, settings, credentials),
        mapping: JSON.stringify(mapping),
        sinks: JSON.stringify(sinks),
        sink_credentials: secrets.seal(JSON.stringify(asked.sink_credentials ?? {})),
        ...scheduleColumns(asked.schedule),
        ...(asked.removal_limit === undefined ? {} : { removal_limit: asked.removal_limit }),
        next_run_at: clock.now(),
        cursor: null,
        trouble: null,
        worker: null,
        leased_until: null,
        in_sync_as_of: null,
        synced_at: null,
        last_full_at: null,
        counted: null,
      });
      runner.poke();
      return show(workspace, id);
    },

    async change(workspace, id, change) {
      const before = await store.get(workspace, id);
      const opened = { credentials: open(before.credentials), sinkSecrets: open(before.sink_credentials) };
      const around = { secrets, timezone: await timezoneOf(workspace), now: clock.now() };
      await store.change(workspace, id, changed(before, change, opened, around));
      runner.interrupt(id);
      runner.poke();
      for (const listener of changeListeners) listener(workspace);
      return show(workspace, id);
    },

    async remove(workspace, id) {
      await store.get(workspace, id);
      await uses.check(workspace, [id]);
      await store.remove(workspace, id);
      runner.interrupt(id);
    },
    addDeleteGuard: uses.add,
    finishedSince: store.finishedSince,
    onChange: (listener) => void changeListeners.push(listener),
    get: show,
    async list(workspace) {
      const [rows, timezone] = [await store.list(workspace), await timezoneOf(workspace)];
      return rows.map((row) => present(row, timezone, clock.now()));
    },

    async run(workspace, id, full) {
      const row = await store.get(workspace, id);
      if (row.paused) {
        throw new Problem(409, 'paused', 'The connection is paused.', {
          hint: 'Resume it; it then runs at once.',
        });
      }
      await store.db
        .updateTable('connections')
        .set({
          asks: sql`asks + 1`,
          next_run_at: clock.now(),
          ...(full ? { wanted: 'full' as const } : {}),
        })
        .where('id', '=', id)
        .where('workspace', '=', workspace)
        .execute();
      runner.poke();
      return show(workspace, id);
    },

    async pause(workspace, id, paused) {
      const row = await store.get(workspace, id);
      if (row.paused === paused) return show(workspace, id);
      // After a pause it is looked at at once: nobody waits an hour to see whether it goes on.
      await store.change(workspace, id, { paused, ...(paused ? {} : { next_run_at: clock.now() }) });
      runner.interrupt(id);
      runner.poke();
      return show(workspace, id);
    },

    async confirmRemovals(workspace, id) {
      const { trouble } = await store.get(workspace, id);
      if (trouble?.code !== 'removals_held') {
        throw new Problem(409, 'nothing_held', 'No removals are held back.');
      }
      await store.change(workspace, id, {
        removals_confirmed: true,
        wanted: 'full',
        trouble: null,
        failures: 0,
        next_run_at: clock.now(),
      });
      runner.interrupt(id);
      runner.poke();
      return show(workspace, id);
    },

    async replay(workspace, id, letters) {
      await store.get(workspace, id);
      const replayed = await store.replay(id, letters);
      if (replayed > 0) await connections.run(workspace, id, true).catch(() => {});
      return replayed;
    },

    test: tested,
    audiences: (key) => asking('key', () => audiencesOf(httpOf({ key }), key)),
    async fields(workspace, id) {
      const row = await store.get(workspace, id);
      const { settings, sinks } = row;
      const found = await tested(workspace, row.kind, {
        settings,
        sinks,
        credentials: open(row.credentials),
      });
      return { ...found, mapping: row.mapping };
    },

    knowPeopleBy: (people) => {
      here = people;
    },
    pushing: async (workspace, segments) =>
      (await store.list(workspace))
        .filter(({ kind, settings }) => kind === pushes && segments.includes(String(settings.segment)))
        .map(({ name }) => `the connection "${name}"`),
    async leftAlone(workspace, id) {
      await store.get(workspace, id);
      return leftAloneBy(engine.postgres, id);
    },

    async listedBy(workspace, id) {
      const sink = (await store.find(workspace, id))?.sinks.find(({ kind }) => kind === 'profiles');
      return sink?.kind === 'profiles' ? { attribute: sink.membership, value: onTheList } : undefined;
    },

    async freshness(workspace) {
      const rows = await store.standing(workspace);
      const timezones = new Map<string, string>();
      // Only who has a cron expression has times of a place.
      if (rows.some(({ cron }) => cron !== null)) {
        const known = workspace ? [await access.workspaces.get(workspace)] : await access.workspaces.list();
        for (const { id, timezone } of known) timezones.set(id, timezone);
      }
      return freshnessOf(rows, timezones, clock.now());
    },

    quietMs: () => performance.now() - runner.lookedAt,
    onRun: (listener) => void listeners.push(listener),
    idle: () => runner.idle(),
  };
  return connections;
}

/** Of fields that would fill one attribute the first does. */
function eachOnce(fields: readonly SourceField[]): SourceField[] {
  const taken = new Set<string | null>();
  return fields.map((field) => {
    if (taken.has(field.suggestion)) return { ...field, suggestion: null };
    taken.add(field.suggestion);
    return field;
  });
}
