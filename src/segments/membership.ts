import { type ClickHouse, type Engine, statement } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import { type CompileContext, type CompiledRule, compileRule } from './compile.ts';
import { type Rule, referencesOf } from './rule.ts';
import { computeStatement } from './statements.ts';
import type { Queries, SegmentRow, Store } from './store.ts';

const changesCount = statement(import.meta.url, './sql/changes_count.sql');
const changesForget = statement(import.meta.url, './sql/changes_forget.sql');
const changesStray = statement(import.meta.url, './sql/changes_stray.sql');
const changesAnnounce = statement(import.meta.url, './sql/changes_announce.sql');

/** Numbers must be read to the last digit, as the rule's own were. */
export const ruleSettings = { precise_float_parsing: 1 } as const;

/**
 * A server gives up a computation by itself, seconds, before the client stops waiting for it (after 15 minutes): one that
 * goes on unseen could write beside the next one.
 */
const longest = 13 * 60;

/** Deletions are seen by everybody when they return. */
const atOnce = { lightweight_deletes_sync: '2', mutations_sync: '2' } as const;

/** Compiles a rule for now, with the memberships it refers to as they are finished. */
export async function compileFor(
  store: Pick<Queries, 'find'>,
  workspace: string,
  rule: Rule,
  now: Date,
): Promise<CompiledRule> {
  const versions = new Map<string, number>();
  for (const { segment } of referencesOf(rule)) {
    versions.set(segment, (await store.find(workspace, segment))?.version ?? 0);
  }
  const context: CompileContext = { now, versions };
  return compileRule(rule, context);
}

/** What a test may interrupt. */
export type Stage = 'changes written' | 'announced';

export interface ComputeOptions {
  signal?: AbortSignal | undefined;
  /** Waits for another computation of the segment under way, and computes after it. */
  wait?: boolean;
  /** Told of each finished computation that changed something, also when a later one fails. */
  changed?: (version: number) => void;
  interrupt?: (stage: Stage) => void;
}

/** What a computation works with; its announcements go into the log. */
export interface Computing extends Pick<Engine, 'clickhouse' | 'clock'> {
  messages: Pick<Log, 'appendFrom'>;
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
  const done = await store.alone(id, options.wait ?? false, async (held): Promise<Computed | 'gone'> => {
    const total = { version: 0, entered: 0, left: 0 };
    for (;;) {
      const once = await computeOnce(computing, held, workspace, id, options);
      if (once === 'gone') return once;
      if (once.entered + once.left > 0) options.changed?.(once.version);
      total.version = once.version;
      total.entered += once.entered;
      total.left += once.left;
      if (!once.resumed) return total;
    }
  });
  return done ?? 'busy';
}

async function computeOnce(
  { clickhouse, clock, messages }: Computing,
  store: Queries,
  workspace: string,
  id: string,
  { signal, interrupt }: ComputeOptions,
): Promise<(Computed & { resumed: boolean }) | 'gone'> {
  const options = signal ? { signal } : {};
  const segment = await store.find(workspace, id);
  if (!segment) return 'gone';
  const of = { workspace, segment: id, version: segment.version + 1 };
  const resumed = segment.computing_at !== null && segment.changes_written;
  const at = resumed ? segment.computing_at! : clock.now();
  if (!resumed) {
    if (segment.computing_at !== null) await forgetChanges(clickhouse, workspace, id, of.version);
    await store.begin(id, at, segment.revision);
    const rule = await compileFor(store, workspace, segment.rule, at);
    await clickhouse.run(
      computeStatement(rule),
      { ...rule.params, ...of, at },
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
  }
  await store.finish(id, at, { entered, left });
  return { version: entered + left > 0 ? of.version : segment.version, entered, left, resumed };
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
