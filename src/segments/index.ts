import {
  createUses,
  type DeleteGuard,
  type Engine,
  notFound,
  Problem,
  type Room,
  statement,
} from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import type { Profiles } from '../profiles/index.ts';
import { peopleAmong } from './among.ts';
import { idBatches } from './batches.ts';
import { type Elsewhere, nothingElse } from './context.ts';
import { eraseFromSegments } from './erase.ts';
import { explainRule } from './explain.ts';
import { forgetChanges } from './membership.ts';
import { type AskedOccurrences, namesReceived, type Occurrence, occurrencesOf } from './occurrences.ts';
import { parseRule } from './parse.ts';
import { addPicks, forgetPicks, removePicks } from './picks.ts';
import { countRule, listMembers, segmentsOf, suggest } from './queries.ts';
import { type ChangeListener, Recompute, type RecomputeOptions, recomputeDefaults } from './recompute.ts';
import { checkReferences } from './references.ts';
import { segmentRoutes } from './routes.ts';
import { conditionsOf, type Rule, referencesOf } from './rule.ts';
import type {
  CountAnswer,
  Explained,
  MembersPage,
  Picks,
  PicksAnswer,
  Segment,
  Suggestions,
  UploadAnswer,
  ValuesAnswer,
  ValuesQuery,
} from './schema.ts';
import { openStore, type SegmentRow } from './store.ts';
import { frequentValues } from './values.ts';

export type { AskedOccurrences, Occurrence } from './occurrences.ts';
export { checkWhere, parseRule, ruleFromLoyaltyTarget } from './parse.ts';
export type { ChangeListener, RecomputeOptions } from './recompute.ts';
export { operators, type PropertyRule, type Rule, referencesOf } from './rule.ts';
export { ruleSchema } from './rule_schema.ts';
export type { CountAnswer, MembersPage, Segment, Suggestions } from './schema.ts';

const memberIds = statement(import.meta.url, './sql/member_ids.sql');
const membersOfSegment = statement(import.meta.url, './sql/members_of_segment.sql');
const membersAmong = statement(import.meta.url, './sql/members_among.sql');
const changesStatement = statement(import.meta.url, './sql/changes_since.sql');

/** How much of what names nobody is told back of a file. */
const unknownShown = 20;

export interface MembershipChange {
  profile: string;
  change: 'entered' | 'left';
  version: number;
}

/** Rules, and the people who satisfy them. */
export interface Segments extends Room {
  /** @throws Problem 400: `bad_rule`, `unknown_operator`, `unknown_segment`, `segment_cycle`, with the field */
  create(
    workspace: string,
    segment: { name: string; kind?: Segment['kind']; rule?: unknown },
  ): Promise<Segment>;
  /** @throws Problem 404 */
  get(workspace: string, id: string): Promise<Segment>;
  list(workspace: string): Promise<Segment[]>;
  /** Throws as `create` does, and 404. */
  update(
    workspace: string,
    id: string,
    change: { name?: string | undefined; rule?: unknown },
  ): Promise<Segment>;
  /** Picks people for a static segment, or takes them out. Throws 404; 409 `not_static` */
  pick(workspace: string, id: string, picks: Picks): Promise<PicksAnswer>;
  /** Picks who is named by each id or e-mail address of a file. Throws as `pick` does. */
  pickAll(workspace: string, id: string, people: AsyncIterable<string>): Promise<UploadAnswer>;
  /** @throws Problem 404; 409 `segment_in_use` while another segment or an upper room uses it */
  remove(workspace: string, id: string): Promise<void>;
  /** Counts who satisfies a rule now, without keeping it. Throws as `create` does; 503 `too_slow`. */
  count(workspace: string, rule: unknown): Promise<CountAnswer>;
  /** What a rule could ask about; at most a minute old. */
  suggestions(workspace: string): Promise<Suggestions>;
  /** Frequent values of one attribute, or of one property of an event. */
  values(workspace: string, asked: ValuesQuery): Promise<ValuesAnswer>;
  members(
    workspace: string,
    id: string,
    query: { limit: number; cursor?: string | undefined },
  ): Promise<MembersPage>;

  /** The number of the last finished computation that changed something; 0 before the first. Throws 404. */
  finishedVersion(workspace: string, id: string): Promise<number>;
  /** Ids of all members as of the finished computation at the time of the call, in batches. Throws 404. */
  membersOf(workspace: string, id: string): AsyncIterable<string[]>;
  /** Which of some people are members, as of the finished computation at the time of the call. Throws 404. */
  whichAreMembers(workspace: string, id: string, profiles: readonly string[]): Promise<Set<string>>;
  /**
   * What changed after `fromVersion`, up to and with `toVersion`, in batches: one computation after the other, of each
   * first all who left, then all who entered. At one computation a person does one of them at most.
   */
  changesSince(
    workspace: string,
    id: string,
    fromVersion: number,
    toVersion: number,
  ): AsyncIterable<MembershipChange[]>;
  /**
   * Up to which time of receipt membership has seen everything; null before it was first computed, and again while everybody
   * has to be asked anew. Throws 404.
   */
  seenUntil(workspace: string, id: string): Promise<Date | null>;
  /** Asks the background to compute the segments of a workspace at once, whether it rests from them or not. */
  computeSoon(workspace: string): void;

  /**
   * Checks a rule as `create` does, and gives it as it is kept.
   *
   * @param field what the paths of its problems begin with, e.g. `steps[2].rule`
   */
  checkRule(workspace: string, rule: unknown, field: string): Promise<Rule>;
  /** Which of these people satisfy a rule at this moment: of the ids given, those that are now a person's who does. */
  among(workspace: string, rule: Rule, profiles: readonly string[]): Promise<Set<string>>;
  /**
   * Events of a name, satisfying conditions, that were received after `after`, up to and with `upTo`, in batches in any order:
   * with the person as known now. Each once, however often it was sent: when it came first. It has what is in the views when
   * it is called, which everything is that was received before `log.inViewsUntil()`. A slow reader keeps no query waiting.
   */
  occurrences(
    workspace: string,
    asked: AskedOccurrences,
    after: Date,
    upTo: Date,
  ): AsyncIterable<Occurrence[]>;

  /** The names of events for which `occurrences` would find any, without conditions: to ask this once is cheaper. */
  namesReceived(workspace: string, after: Date, upTo: Date): Promise<Set<string>>;

  /** Told after a finished computation that changed something. A kill can swallow it: ask `finishedVersion` at start. */
  onChange(listener: ChangeListener): void;
  /** What rules name that other rooms know. Until told, times are UTC and there are no programs, locations and connections. */
  knowBy(elsewhere: Partial<Elsewhere>): void;
  /** What a rule names means something else now (places of a program, the time zone): everybody is asked again. */
  askAgain(workspace: string): Promise<void>;
  /** Whether a person satisfies a rule, or that of a segment, at this moment, and why. Throws as `create` does; 404. */
  explain(
    workspace: string,
    asked: { rule?: unknown; segment?: string | undefined; profile: string },
  ): Promise<Explained>;
  /** The segments whose rules name one of these programs, locations or connections, e.g. `the segment "Chicago"`. */
  naming(workspace: string, ids: readonly string[]): Promise<string[]>;
  /** Adds a reason why a segment may not be removed. */
  addDeleteGuard(guard: DeleteGuard): void;
  /**
   * Computes all segments of a workspace; what was appended before the call is in them when it resolves. Rejects
   * when one could not be computed. The background does it by itself: this is for those who wait.
   */
  recompute(workspace: string): Promise<void>;
}

export function createSegments(
  engine: Engine,
  { log, profiles }: { log: Log; profiles: Profiles },
  options: Partial<RecomputeOptions> = {},
): Segments {
  const { clickhouse } = engine;
  const store = openStore(engine);
  const listeners: ChangeListener[] = [];
  const uses = createUses('segment');
  uses.add(async (workspace, ids) =>
    (await store.list(workspace))
      .filter(({ rule }) => referencesOf(rule).some(({ segment }) => ids.includes(segment)))
      .map(({ name }) => `the segment "${name}"`),
  );
  const suggested = new Map<string, { until: number; answer: Promise<Suggestions> }>();
  const changed: ChangeListener = (...change) => {
    for (const listener of listeners) listener(...change);
  };
  const elsewhere = nothingElse();
  const background = new Recompute(
    engine,
    { messages: log, elsewhere },
    store,
    { ...recomputeDefaults, ...options },
    changed,
  );
  log.onRewrite(async (workspaces) => {
    await store.forget([...workspaces]);
  });
  log.onAppend((workspaces) => {
    for (const workspace of workspaces) background.mark(workspace);
  });
  eraseFromSegments(engine, log);
  profiles.addPanel('segments', async (workspace, id) =>
    segmentsOf(clickhouse, await store.list(workspace), workspace, id),
  );
  profiles.addFilter('segment', async (workspace, given) => {
    const { id, version } = await store.get(workspace, given);
    return {
      sql: membersOfSegment.text,
      params: { in_segment: id, in_version: version },
    };
  });

  const checkNamed = (workspace: string, rule: Rule, place?: { self?: string; at?: string }) =>
    checkReferences(store, elsewhere, workspace, rule, place);

  /** The id of a static segment as it is stored. */
  async function staticSegment(workspace: string, asked: string): Promise<string> {
    const { id, kind } = await store.get(workspace, asked);
    if (kind === 'static') return id;
    throw new Problem(409, 'not_static', 'Who is in this segment is decided by its rule.', {
      hint: 'Make a static segment to pick people by hand.',
    });
  }

  const segments: Segments = {
    name: 'segments',
    folder: new URL('.', import.meta.url),
    routes: (app) => segmentRoutes(app, segments),
    start: () => background.start(),
    stop: () => background.stop(),

    async create(workspace, given) {
      if (given.kind === 'static') {
        if (given.rule !== undefined) throw ruleOfStatic();
        const made = await store.insertStatic(workspace, given.name);
        background.hurry(workspace);
        return view(made);
      }
      const rule = parseRule(given.rule);
      await checkNamed(workspace, rule);
      const made = await store.insert(workspace, given.name, rule);
      background.hurry(workspace);
      return view(made);
    },

    get: async (workspace, id) => view(await store.get(workspace, id)),
    list: async (workspace) => (await store.list(workspace)).map(view),

    async update(workspace, asked, { name, rule: given }) {
      const { id, kind } = await store.get(workspace, asked);
      if (kind === 'static' && given !== undefined) throw ruleOfStatic();
      const rule = given === undefined ? undefined : parseRule(given);
      if (rule) await checkNamed(workspace, rule, { self: id });
      const updated = await store.update(workspace, id, { name, rule });
      if (!updated) throw notFound('segment', id);
      if (rule) background.hurry(workspace);
      return view(updated);
    },

    async pick(workspace, asked, { add, remove }) {
      const segment = await staticSegment(workspace, asked);
      const pick = { workspace, segment, version: engine.clock.now().getTime() };
      const removed = await removePicks(clickhouse, pick, remove);
      const added = await addPicks(clickhouse, pick, add);
      await store.picked(workspace, segment);
      background.hurry(workspace);
      const nobody = new Set([...added.nobody, ...removed.nobody]);
      return {
        added: added.people,
        removed: removed.people,
        unknown: [...new Set([...add, ...remove])].filter((text) => nobody.has(text)),
      };
    },

    async pickAll(workspace, asked, people) {
      const segment = await staticSegment(workspace, asked);
      const pick = { workspace, segment, version: engine.clock.now().getTime() };
      const { lines, unknown, nobody } = await addPicks(clickhouse, pick, people);
      await store.picked(workspace, segment);
      background.hurry(workspace);
      const found = lines - unknown;
      return { lines, found, unknown, unknown_sample: nobody.slice(0, unknownShown) };
    },

    async remove(workspace, asked) {
      const { id, kind } = await store.get(workspace, asked);
      await uses.check(workspace, [id]);
      await store.alone(id, true, async (held) => {
        await held.remove(workspace, id);
        await forgetChanges(clickhouse, workspace, id, 0);
        if (kind === 'static') await forgetPicks(clickhouse, workspace, id);
      });
    },

    async count(workspace, given) {
      const rule = parseRule(given);
      await checkNamed(workspace, rule);
      return countRule({ ...engine, elsewhere }, store, profiles, workspace, rule);
    },

    suggestions(workspace) {
      const now = performance.now();
      for (const [key, { until }] of suggested) if (until < now) suggested.delete(key);
      const kept = suggested.get(workspace);
      if (kept) return kept.answer;
      const answer = suggest(clickhouse, workspace);
      suggested.set(workspace, { until: now + 60_000, answer });
      answer.catch(() => suggested.delete(workspace));
      return answer;
    },

    values: (workspace, asked) => frequentValues(clickhouse, workspace, asked),

    members: async (workspace, id, query) =>
      listMembers(clickhouse, profiles, await store.get(workspace, id), query),

    finishedVersion: async (workspace, id) => (await store.get(workspace, id)).version,

    async *membersOf(workspace, id) {
      const { version } = await store.get(workspace, id);
      const batches = clickhouse.stream<{ profile: string }>(memberIds, { workspace, segment: id, version });
      for await (const rows of batches) yield rows.map(({ profile }) => profile);
    },

    async whichAreMembers(workspace, asked, people) {
      const { id, version } = await store.get(workspace, asked);
      const found = new Set<string>();
      for (const profiles of idBatches(people)) {
        const among = { workspace, segment: id, version, profiles };
        const rows = await clickhouse.rows<{ profile: string }>(membersAmong, among);
        for (const { profile } of rows) found.add(profile);
      }
      return found;
    },

    changesSince: (workspace, id, from, to) =>
      clickhouse.stream<MembershipChange>(changesStatement, { workspace, segment: id, from, to }),

    seenUntil: async (workspace, id) => (await store.get(workspace, id)).seen_until,
    computeSoon: (workspace) => background.hurry(workspace),

    async checkRule(workspace, given, field) {
      const rule = parseRule(given, field);
      await checkNamed(workspace, rule, { at: field });
      return rule;
    },
    among: (workspace, rule, people) => peopleAmong({ ...engine, elsewhere }, store, workspace, rule, people),
    namesReceived: (workspace, after, upTo) => namesReceived(engine, workspace, { after, upTo }),
    occurrences: (workspace, asked, after, upTo) =>
      occurrencesOf({ ...engine, elsewhere }, workspace, asked, { after, upTo }),

    onChange: (listener) => void listeners.push(listener),
    knowBy: (known) => void Object.assign(elsewhere, known),
    async askAgain(workspace) {
      await store.forget([workspace]);
      background.hurry(workspace);
    },

    async explain(workspace, { rule: given, segment, profile }) {
      const kept = segment === undefined ? undefined : await store.get(workspace, segment);
      const rule = kept ? kept.rule : parseRule(given);
      await checkNamed(workspace, rule);
      return explainRule({ ...engine, elsewhere }, store, profiles, workspace, rule, profile);
    },

    naming: async (workspace, ids) =>
      (await store.list(workspace))
        .filter(({ rule }) =>
          conditionsOf(rule).some(
            (one) =>
              ('program' in one && ids.includes(one.program)) ||
              ('location' in one && ids.includes(one.location)) ||
              ('connection' in one && ids.includes(one.connection)),
          ),
        )
        .map(({ name }) => `the segment "${name}"`),
    addDeleteGuard: uses.add,
    recompute: (workspace) => background.now(workspace),
  };
  return segments;
}

const ruleOfStatic = () =>
  new Problem(400, 'static_segment', 'rule: a static segment has none; its people are picked.', {
    field: 'rule',
  });

const view = (row: SegmentRow): Segment => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  rule: row.rule as Record<string, unknown>,
  members: row.members,
  as_of: row.as_of?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  computing: row.computed_revision < row.revision,
});
