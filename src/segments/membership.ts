import { type ClickHouse, type Engine, statement } from '../engine/index.ts';
import { type CompileContext, type CompiledRule, compileRule } from './compile.ts';
import { type Rule, referencesOf } from './rule.ts';
import { computeStatement } from './statements.ts';
import type { SegmentRow, Store } from './store.ts';

const changesCount = statement(import.meta.url, './sql/changes_count.sql');
const changesForget = statement(import.meta.url, './sql/changes_forget.sql');
const changesAnnounce = statement(import.meta.url, './sql/changes_announce.sql');

/** Numbers must be read to the last digit, as the rule's own were. */
export const ruleSettings = { precise_float_parsing: 1 } as const;

/** Compiles a rule for now, with the memberships it refers to as they are finished. */
export async function compileFor(
  store: Store,
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
  interrupt?: (stage: Stage) => void;
}

export interface Computed {
  version: number;
  entered: number;
  left: number;
}

/**
 * Computes the membership of a segment once, as version + 1, and leaves the version as it is when nobody entered or
 * left. May be killed at any point: changes not known to be complete are removed and asked again; complete ones are
 * announced again, under the same message ids, and finished.
 *
 * @returns `busy` when another computation of it is under way (and `wait` is not given), `gone` when it was removed
 */
export async function computeMembership(
  engine: Pick<Engine, 'clickhouse' | 'clock'>,
  store: Store,
  workspace: string,
  id: string,
  { signal, wait = false, interrupt }: ComputeOptions = {},
): Promise<Computed | 'busy' | 'gone'> {
  const { clickhouse } = engine;
  const options = signal ? { signal } : {};
  const done = await store.alone(id, wait, async (): Promise<Computed | 'gone'> => {
    const segment = await store.find(workspace, id);
    if (!segment) return 'gone';
    const of = { workspace, segment: id, version: segment.version + 1 };
    let at = segment.computing_at;
    if (at === null || !segment.changes_written) {
      if (at !== null) await forgetChanges(clickhouse, workspace, id, of.version);
      at = engine.clock.now();
      await store.begin(id, at, segment.revision);
      const rule = await compileFor(store, workspace, segment.rule, at);
      await clickhouse.run(
        computeStatement(rule),
        { ...rule.params, ...of, at },
        { ...options, settings: ruleSettings },
      );
    }
    const { entered, gone } = await clickhouse.row<{ entered: number; gone: number }>(changesCount, of);
    if (entered + gone > 0) {
      await store.written(id);
      interrupt?.('changes written');
      await clickhouse.run(changesAnnounce, { ...of, name: segment.name }, options);
      interrupt?.('announced');
    }
    await store.finish(id, at, { entered, left: gone });
    return { version: entered + gone > 0 ? of.version : segment.version, entered, left: gone };
  });
  return done ?? 'busy';
}

/** Removes the changes of a version and above; readers see it at once. */
export const forgetChanges = (clickhouse: ClickHouse, workspace: string, segment: string, from: number) =>
  clickhouse.run(
    changesForget,
    { workspace, segment, from },
    { settings: { lightweight_deletes_sync: '2', mutations_sync: '2' } },
  );

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
