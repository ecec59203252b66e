import { type ClickHouse, type Engine, statement } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import { Binder } from './binder.ts';
import { compileRule } from './compile.ts';
import { contextOf, type Elsewhere, versionsOf } from './context.ts';
import { areEnoughFor } from './copies.ts';
import { isAffected, needsAll, openRound, type Round, throughReferences } from './round.ts';
import { referencesOf } from './rule.ts';
import { computeStatement, ruleSettings } from './statements.ts';
import type { Queries, SegmentRow, Store } from './store.ts';

const changesCount = statement(import.meta.url, './sql/changes_count.sql');
const changesForget = statement(import.meta.url, './sql/changes_forget.sql');
const changesStray = statement(import.meta.url, './sql/changes_stray.sql');
const changesAnnounce = statement(import.meta.url, './sql/changes_announce.sql');

/**
 * A server gives up a computation by itself, seconds, before the client stops waiting for it (after 15 minutes): one that
 * goes on unseen could write beside the next one.
 */
const longest = 13 * 60;

/** Deletions are seen by everybody when they return. */
const atOnce = { lightweight_deletes_sync: '2', mutations_sync: '2' } as const;

/** What a test may interrupt. */
export type Stage = 'changes written' | 'announced';

export interface ComputeOptions {
  /** What changed since the segments of the workspace were computed; one is made if not given. */
  round?: Round | undefined;
  signal?: AbortSignal | undefined;
  /** Waits for another computation of the segment under way, and computes after it. */
  wait?: boolean;
  /** Told of each finished computation that changed something, also when a later one fails. */
  changed?: (version: number) => void;
  interrupt?: (stage: Stage) => void;
}

/** What a computation works with; its announcements go into the log. */
export interface Computing extends Pick<Engine, 'clickhouse' | 'clock'> {
  messages: Pick<Log, 'appendFrom' | 'inViewsUntil'>;
  elsewhere: Elsewhere;
}

export interface Computed {
  version: number;
  entered: number;
  left: number;
}

/**
 * Computes the membership of a segment as version + 1, and leaves the version as it is when nobody entered or left. May
 * be killed at any point: changes not known to be complete are removed and asked again; complete ones are announced
 * again, under the same message ids, and finished, and then it computes once more, since they are of an earlier time.
 *
 * @returns the last version, and the changes of all; `busy` when another computation of it is under way (and `wait` is
 * not given), `gone` when it was removed
 */
export async function computeMembership(
  computing: Computing,
  store: Store,
  workspace: string,
  id: string,
  options: ComputeOptions = {},
): Promise<Computed | 'busy' | 'gone'> {
  const round = options.round ?? (await roundOf(computing, store, workspace, [id]));
  const done = await store
    .alone(id, options.wait ?? false, async (held): Promise<Computed | 'gone'> => {
      const total = { version: 0, entered: 0, left: 0 };
      for (;;) {
        const once = await computeOnce(computing, held, workspace, id, { ...options, round });
        if (once === 'gone') return once;
        if (once.entered + once.left > 0) options.changed?.(once.version);
        total.version = once.version;
        total.entered += once.entered;
        total.left += once.left;
        if (!once.resumed) return total;
      }
    })
    .finally(() => (options.round ? undefined : round.close()));
  return done ?? 'busy';
}

/** What changed since segments of a workspace were computed last; of all of them if none are named. */
export async function roundOf(
  { clickhouse, clock, messages, elsewhere }: Computing,
  store: Pick<Queries, 'list'>,
  workspace: string,
  ids?: readonly string[],
): Promise<Round> {
  const now = clock.now();
  const until = messages.inViewsUntil();
  const segments = (await store.list(workspace)).filter(({ id }) => ids?.includes(id) ?? true);
  return openRound({ clickhouse, elsewhere }, workspace, segments, { now, until });
}

async function computeOnce(
  computing: Computing,
  store: Queries,
  workspace: string,
  id: string,
  { signal, interrupt, round }: ComputeOptions & { round: Round },
): Promise<(Computed & { resumed: boolean }) | 'gone'> {
  const { clickhouse, messages } = computing;
  const options = signal ? { signal } : {};
  const segment = await store.find(workspace, id);
  if (!segment) return 'gone';
  const of = { workspace, segment: id, version: segment.version + 1 };
  const resumed = segment.computing_at !== null && segment.changes_written;
  // Also of a rule relative to now: whose time passed the edge of a window is known up to when the round looked.
  const at = resumed ? segment.computing_at! : round.now;
  if (!resumed) {
    if (segment.computing_at !== null) await forgetChanges(clickhouse, workspace, id, of.version);
    const asked = await whomToAsk(store, segment, round);
    if (asked === 'nobody') {
      await store.seen(id, at, round.until);
      return { version: segment.version, entered: 0, left: 0, resumed };
    }
    const { scope, versions } = asked;
    const whole = scope === undefined;
    await store.begin(id, { at, revision: segment.revision, seen: round.until, whole, versions });
    const found = await contextOf(computing, segment, { now: at, scope: scope?.sql, versions });
    const copies = asked.copied ? round.copies : undefined;
    const rule = compileRule(segment.rule, { ...found, copies });
    await clickhouse.run(
      computeStatement(rule, copies ?? (scope && { scope: `(${scope.sql})` })),
      { ...scope?.params, ...rule.params, ...of, at },
      { ...options, settings: { ...ruleSettings, max_execution_time: longest } },
    );
  }
  const counted = await clickhouse.row<{ entered: number; gone: number; stray: number }>(changesCount, {
    ...of,
    at,
  });
  const { entered, gone: left, stray } = counted;
  if (stray > 0) await clickhouse.run(changesStray, { ...of, at }, { settings: atOnce });
  if (entered + left > 0) {
    await store.written(id);
    interrupt?.('changes written');
    await messages.appendFrom(changesAnnounce, { ...of, name: segment.name }, options);
    interrupt?.('announced');
    // Announced as of when it was asked, which others may have taken in long ago.
    if (resumed) await store.forget([workspace]);
  }
  await store.finish(id, at, { entered, left });
  return { version: entered + left > 0 ? of.version : segment.version, entered, left, resumed };
}

interface Asked {
  scope: { sql: string; params: Record<string, unknown> } | undefined;
  versions: Record<string, number>;
  /** Their rows are in the round's copies, if it has any. */
  copied: boolean;
}

/** Everybody (no scope), those of whom something changed, or nobody, since nothing changed that the rule asks about. */
async function whomToAsk(store: Queries, row: SegmentRow, round: Round): Promise<'nobody' | Asked> {
  const versions = await versionsOf(store, row);
  const everybody = { scope: undefined, versions, copied: false };
  // Another may have computed it for the first time, or begun it anew, since the round was opened: what it asks about is not in it.
  if (!round.isFor(row) || needsAll(row, round.now) || !round.since || row.seen_until! < round.since)
    return everybody;
  const dependencies = await round.dependencies(row);
  const bind = new Binder('r');
  const others = throughReferences(row, versions, bind);
  if (dependencies.opaque || others === undefined) return everybody;
  const affected = isAffected(row, round, dependencies);
  if (!affected && others === '') return 'nobody';
  if (affected && round.scope === undefined) return everybody;
  const parts = [affected ? round.scope : '', others].filter((sql) => sql);
  const scope = { sql: parts.join(' UNION ALL '), params: bind.params };
  return { scope, versions, copied: affected && others === '' && areEnoughFor(row.rule) };
}

/** Removes the changes of a version and above; readers see it at once. */
export const forgetChanges = (clickhouse: ClickHouse, workspace: string, segment: string, from: number) =>
  clickhouse.run(changesForget, { workspace, segment, from }, { settings: atOnce });

/** Segments of a workspace so that each comes after those its rule refers to. */
export function inOrder(segments: readonly SegmentRow[]): SegmentRow[] {
  const byId = new Map(segments.map((segment) => [segment.id, segment]));
  const done = new Set<string>();
  const ordered: SegmentRow[] = [];
  const visit = (segment: SegmentRow) => {
    if (done.has(segment.id)) return;
    done.add(segment.id);
    for (const reference of referencesOf(segment.rule)) {
      const other = byId.get(reference.segment);
      if (other) visit(other);
    }
    ordered.push(segment);
  };
  for (const segment of segments) visit(segment);
  return ordered;
}
