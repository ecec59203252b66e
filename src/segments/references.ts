import { Problem } from '../engine/index.ts';
import { checkNames, type Elsewhere } from './context.ts';
import { type Rule, referencesOf } from './rule.ts';
import type { Store } from './store.ts';

/**
 * Checks that everything exists that a rule names, and follows its references to segments downwards: none may lead back to
 * `self`.
 *
 * @param at the path of the rule, which those of problems begin with
 * @throws Problem 400 `unknown_segment`, `segment_cycle`, and as `checkNames` does
 */
export async function checkReferences(
  store: Store,
  elsewhere: Elsewhere,
  workspace: string,
  rule: Rule,
  { self, at = 'rule' }: { self?: string; at?: string } = {},
): Promise<void> {
  await checkNames(elsewhere, workspace, rule, at);
  const references = referencesOf(rule, at);
  if (references.length === 0) return;
  const all = new Map((await store.list(workspace)).map((segment) => [segment.id, segment]));
  const leadsBack = (id: string, seen: Set<string>): boolean => {
    if (id === self) return true;
    if (seen.has(id)) return false;
    seen.add(id);
    return referencesOf(all.get(id)?.rule ?? { all: [] }).some(({ segment }) => leadsBack(segment, seen));
  };
  for (const { segment, path } of references) {
    if (!all.has(segment)) {
      throw new Problem(400, 'unknown_segment', `${path}: there is no such segment.`, { field: path });
    }
    if (leadsBack(segment, new Set())) {
      throw new Problem(400, 'segment_cycle', `${path}: the segment would depend on itself.`, {
        field: path,
      });
    }
  }
}
