import { adhoc, type Engine } from '../engine/index.ts';
import type { Profiles } from '../profiles/index.ts';
import { type CompileContext, type CompiledRule, compileEvents, compileRule } from './compile.ts';
import { contextOf, type Surroundings, versionsOf } from './context.ts';
import { type Condition, pathsOf, type Rule } from './rule.ts';
import type { Explained, Explanation } from './schema.ts';
import { ruleSettings, withNames } from './statements.ts';
import type { Store } from './store.ts';

/** Of whom is asked, as a scope: bound as `whom`. */
const whom = 'SELECT sipHash64({whom:String}) AS person';

interface Row {
  n: number;
  /** 1: how much was found; 0: whether the condition holds. */
  counts: number;
  found: number;
}

/**
 * Why a person satisfies a rule or does not: each condition for itself, with what it found. All conditions are asked in
 * one statement, each as it is compiled for everybody, so that the explanation cannot say something else than membership.
 */
export async function explainRule(
  { clickhouse, clock, elsewhere }: Surroundings & Pick<Engine, 'clock'>,
  store: Store,
  profiles: Profiles,
  workspace: string,
  rule: Rule,
  profile: string,
): Promise<Explained> {
  const { id, attributes } = await profiles.get(workspace, profile);
  const now = clock.now();
  const of = { workspace, rule };
  const versions = await versionsOf(store, of);
  const context = await contextOf({ clickhouse, elsewhere }, of, { now, scope: whom, versions });
  const asked = pathsOf(rule);
  const { holds, counted } = await ask(asked, context, (text, params) =>
    clickhouse.rows<Row>(
      adhoc('segment_explain', text),
      { ...params, workspace, whom: id },
      { settings: ruleSettings },
    ),
  );
  const values = new Map(attributes.map(({ name, value }) => [name, value]));
  const found = new Map(
    asked.map(({ condition, path }, n) => [
      path,
      { holds: holds.has(n), found: foundOf(condition, values, counted.get(n)) },
    ]),
  );
  const explanation = tree(rule, 'rule', found);
  return { profile: id, member: explanation.holds, as_of: now.toISOString(), explanation };
}

async function ask(
  asked: ReturnType<typeof pathsOf>,
  context: CompileContext,
  rows: (text: string, params: Record<string, unknown>) => Promise<Row[]>,
) {
  const parts: string[] = [];
  const params: Record<string, unknown> = {};
  const named = new Set<string>();
  // Each with names of its own: a rule binds its parameters by number.
  const part = (n: number, counts: 0 | 1, found: string, compiled: CompiledRule) => {
    for (const name of compiled.named) named.add(name);
    Object.assign(params, compiled.params);
    parts.push(`SELECT ${n} AS n, ${counts} AS counts, toFloat64(${found}) AS found FROM (${compiled.sql})`);
  };
  for (const [n, { condition }] of asked.entries()) {
    part(n, 0, 'count()', compileRule(condition, context, `q${n}_`));
    if ('event' in condition) part(n, 1, 'sum(found)', compileEvents(condition, context, `e${n}_`));
  }
  if (parts.length === 0) return { holds: new Set<number>(), counted: new Map<number, number>() };
  const all = await rows(withNames([...named]) + parts.join('\nUNION ALL\n'), params);
  return {
    holds: new Set(all.filter(({ counts, found }) => counts === 0 && found > 0).map(({ n }) => n)),
    counted: new Map(all.filter(({ counts }) => counts === 1).map(({ n, found }) => [n, found])),
  };
}

function foundOf(
  condition: Condition,
  values: ReadonlyMap<string, unknown>,
  counted: number | undefined,
): string | number | null | undefined {
  if ('event' in condition) return counted ?? 0;
  if (!('attribute' in condition)) return undefined;
  const value = values.get(condition.attribute);
  return value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
}

type Found = ReadonlyMap<string, { holds: boolean; found: string | number | null | undefined }>;

function tree(rule: Rule, path: string, found: Found): Explanation {
  const inner = (rules: readonly Rule[], kind: string) =>
    rules.map((one, n) => tree(one, `${path}.${kind}[${n}]`, found));
  if ('not' in rule) {
    const children = [tree(rule.not, `${path}.not`, found)];
    return { path, kind: 'not', holds: !children[0]!.holds, children };
  }
  if ('all' in rule) {
    const children = inner(rule.all, 'all');
    return { path, kind: 'all', holds: children.every(({ holds }) => holds), children };
  }
  if ('any' in rule) {
    const children = inner(rule.any, 'any');
    return { path, kind: 'any', holds: children.some(({ holds }) => holds), children };
  }
  const kind = kinds.find((one) => one in rule)!;
  const one = found.get(path);
  return {
    path,
    kind,
    holds: one?.holds ?? false,
    ...(one?.found === undefined ? {} : { found: one.found }),
  };
}

const kinds = ['attribute', 'event', 'segment', 'program', 'location', 'connection', 'picked'] as const;
