import { Binder } from './binder.ts';
import { attributeValue, comparisonSql, type Moment, propertyValue } from './compare.ts';
import { holdsForNone, type Leaf, type Names, type Normal, normalise } from './leaves.ts';
import { type AttributeRule, type EventRule, earlier, instantOf, type Rule } from './rule.ts';
import {
  type Copies,
  copiedSources,
  joinedSources,
  linkedSql,
  linksNamed,
  plainSources,
  type Sources,
} from './sources.ts';

export interface CompileContext extends Moment, Names {
  /** Finished computation of each segment referred to. */
  versions: ReadonlyMap<string, number>;
  /** Whether anybody of the workspace is known by several ids. */
  linked: boolean;
  /** SQL of the people who are asked about (`person`); everybody if not given. Evaluated several times. */
  scope?: string | undefined;
  /** Their rows, where the rule asks for attributes and events alone. */
  copies?: Copies | undefined;
}

/** SQL of the people a rule selects, each once, in one column `person`; binds its parameters and `workspace`. */
export interface CompiledRule {
  /** What the statement it stands in has to name after WITH. */
  named: readonly string[];
  sql: string;
  params: Record<string, unknown>;
}

/**
 * Compiles a rule to one statement: each condition is the set of people who have a row that satisfies it, and a rule is what
 * these sets have in common, together, or not. What must hold of everybody is a chain: each condition reads only the
 * rows of those who satisfy the ones before it, before duplicates are merged. People are 64-bit numbers. Who is known
 * by several ids is asked about apart, since few are. Names and values are bound; the text holds nothing of the rule's own.
 *
 * Measured on 2M people, 20M events, a rule of 3 attributes and 2 events, 2 cores: see `npm run bench -- segments`. As one
 * table of everybody with a column for each condition (0.83 s for a tenth of that) it took over 8 s.
 */
export function compileRule(rule: Rule, context: CompileContext): CompiledRule {
  const bind = new Binder();
  const normal = normalise(rule, context);
  const { scope, linked, copies } = context;
  if (copies) {
    const sql = new Compiler(copiedSources(copies), context, bind).once(normal);
    return { named: [], sql, params: bind.params };
  }
  const plain = new Compiler(plainSources(scope), context, bind).once(normal);
  if (!linked) return { named: [], sql: plain, params: bind.params };
  const joined = new Compiler(joinedSources(), context, bind).once(normal);
  const sql = `SELECT person FROM (${plain}) WHERE person NOT IN (${linkedSql})
UNION ALL
${joined}`;
  return { named: [linksNamed(scope)], sql, params: bind.params };
}

/** Compiles one condition for a few people: rows of `person` and what was found (`explain.ts`). */
export function compileEvents(rule: EventRule, context: CompileContext, bind: Binder): string {
  const { scope, linked } = context;
  const found = (sources: Sources) => new Compiler(sources, context, bind).counted(rule);
  const plain = found(plainSources(scope));
  if (!linked) return plain;
  return `SELECT person, found FROM (${plain}) WHERE person NOT IN (${linkedSql})
UNION ALL
${found(joinedSources())}`;
}

/** A set of people: SQL of one column `person`. */
interface People {
  sql: string;
  /** Each is in it once. */
  unique: boolean;
}

/** What Rapport itself does to people does not make them known. */
const byRapport = /^(?:Email|Segment) /;

class Compiler {
  readonly #from: Sources;
  readonly #context: CompileContext;
  readonly #bind: Binder;

  constructor(from: Sources, context: CompileContext, bind: Binder) {
    this.#from = from;
    this.#context = context;
    this.#bind = bind;
  }

  once(rule: Normal): string {
    const { sql, unique } = this.#people(rule);
    return unique ? sql : `SELECT DISTINCT person FROM (${sql})`;
  }

  /** @param within the people among whom it looks; stands in what is answered once */
  #people(rule: Normal, within?: People): People {
    switch (rule.kind) {
      case 'has':
        return this.#has([rule.leaf], within?.sql);
      case 'lacks':
        return this.#except(this.#all(within), [rule.leaf]);
      case 'all':
        return this.#every(rule.of, within);
      case 'any':
        return this.#some(rule.of, within);
    }
  }

  #all = (within?: People): People => within ?? { sql: this.#from.everybody(), unique: true };

  #every(rules: readonly Normal[], within?: People): People {
    let people = within;
    const has = rules.filter((rule) => rule.kind === 'has').map(({ leaf }) => leaf);
    for (const together of inTurn(has)) people = this.#has(together, people?.sql);
    for (const rule of rules) {
      if (rule.kind === 'all') people = this.#every(rule.of, people);
      if (rule.kind !== 'any') continue;
      const { sql } = this.#some(rule.of);
      people = people
        ? { ...people, sql: `SELECT person FROM (${people.sql}) WHERE person IN (${sql})` }
        : { sql, unique: false };
    }
    const lacks = rules.filter((rule) => rule.kind === 'lacks').map(({ leaf }) => leaf);
    people ??= this.#all();
    return lacks.length === 0 ? people : this.#except(people, lacks);
  }

  #some(rules: readonly Normal[], within?: People): People {
    const sets = rules.filter((rule) => rule.kind !== 'has').map((rule) => this.#people(rule).sql);
    sets.push(...this.#anyOf(rules.filter((rule) => rule.kind === 'has').map(({ leaf }) => leaf)));
    const sql = sets.length === 0 ? nobody : sets.join('\nUNION ALL\n');
    return within === undefined
      ? { sql, unique: false }
      : { ...within, sql: `SELECT person FROM (${within.sql}) WHERE person IN (${sql})` };
  }

  #except(people: People, leaves: readonly Leaf[]): People {
    const others = this.#anyOf(leaves).join('\nUNION ALL\n');
    return { ...people, sql: `SELECT person FROM (${people.sql}) WHERE person NOT IN (${others})` };
  }

  /** Sets of people of whom at least one of the leaves holds. All attributes are read together. */
  #anyOf(leaves: readonly Leaf[]): string[] {
    const attributes = leaves.filter((leaf) => leaf.kind === 'attribute').map(({ rule }) => rule);
    const sets = leaves.filter((leaf) => leaf.kind !== 'attribute').map((leaf) => this.#has([leaf]).sql);
    if (attributes.length > 0) {
      const keys = this.#bind.texts([...new Set(attributes.map(({ attribute }) => attribute))]);
      const tests = attributes.map(
        (rule) => `key = ${this.#bind.text(rule.attribute)} AND ${this.#test(rule)}`,
      );
      const rows = this.#from.attributes(`key IN ${keys}`, undefined);
      sets.push(`SELECT person FROM ${rows} WHERE (${tests.join(') OR (')})`);
    }
    return sets;
  }

  /** People of whom all of these hold, which are about one thing: one attribute, or events of one name. */
  #has(leaves: readonly Leaf[], within?: string): People {
    const [leaf] = leaves as [Leaf, ...Leaf[]];
    switch (leaf.kind) {
      case 'attribute': {
        const tests = leaves.flatMap((one) => (one.kind === 'attribute' ? [this.#test(one.rule)] : []));
        const rows = this.#from.attributes(`key = ${this.#bind.text(leaf.rule.attribute)}`, within);
        return { sql: `SELECT person FROM ${rows} WHERE ${tests.join(' AND ')}`, unique: true };
      }
      case 'event': {
        const rules = leaves.flatMap((one) => (one.kind === 'event' ? [one.rule] : []));
        return this.#did(leaf.rule.event, rules, within);
      }
      case 'places': {
        const places = this.#bind.texts([...new Set(leaf.places.map((place) => place.trim().toLowerCase()))]);
        const rows = this.#from.places(`place IN ${places}`, within);
        return { sql: `SELECT person FROM ${rows}`, unique: false };
      }
      case 'segment': {
        const version = this.#context.versions.get(leaf.segment) ?? 0;
        const members = `SELECT person FROM segment_changes
WHERE workspace = {workspace:UUID} AND segment = ${this.#bind.uuid(leaf.segment)} AND version <= ${this.#bind.count(version)}
GROUP BY person HAVING argMax(change, version) = 'entered'`;
        return { sql: `SELECT person FROM ${this.#from.people(members, within)}`, unique: false };
      }
      case 'picked': {
        const picked = `SELECT sipHash64(profile) AS person FROM segment_picks FINAL
WHERE workspace = {workspace:UUID} AND segment = ${this.#bind.uuid(leaf.segment)} AND picked = 1`;
        return { sql: `SELECT person FROM ${this.#from.people(picked, within)}`, unique: false };
      }
    }
  }

  #test = (rule: AttributeRule) => comparisonSql(rule, attributeValue, this.#bind, this.#context);

  #did(event: string, rules: readonly EventRule[], within?: string): People {
    const rows = this.#from.events(`name = ${this.#bind.text(event)}`, within);
    const tests = rules.map((rule) => this.#counts(rule));
    const enough = rules.map((rule, n) => this.#enough(rule, tests[n]!));
    const sql = `SELECT person FROM ${rows}
WHERE (${tests.join(') OR (')})
GROUP BY person HAVING ${enough.join(' AND ')}`;
    if (!byRapport.test(event)) return { sql, unique: true };
    return { sql: `SELECT person FROM (${this.#from.everybody()}) WHERE person IN (${sql})`, unique: true };
  }

  /** Whether an event counts for a rule. */
  #counts(rule: EventRule): string {
    const { now, timeZone } = this.#context;
    const tests: string[] = [];
    if (rule.within_last) tests.push(`time >= ${this.#bind.time(earlier(now, rule.within_last, timeZone))}`);
    if (rule.from !== undefined) tests.push(`time >= ${this.#bind.time(instantOf(rule.from, timeZone))}`);
    if (rule.to !== undefined) tests.push(`time < ${this.#bind.time(instantOf(rule.to, timeZone))}`);
    for (const where of rule.where ?? []) {
      const value = propertyValue(this.#bind.text(where.property));
      tests.push(comparisonSql(where, value, this.#bind, this.#context));
    }
    return tests.length === 0 ? '1' : tests.join(' AND ');
  }

  /** Whether a person's events that count are as many, and worth as much, as a rule asks; or the opposite. */
  #enough(rule: EventRule, counts: string): string {
    const times = `countIf(${counts})`;
    const { exactly, at_least, at_most } = rule.count ?? (rule.total ? {} : { at_least: 1 });
    const tests: string[] = [];
    if (exactly !== undefined) tests.push(`${times} = ${this.#bind.count(exactly)}`);
    if (at_least !== undefined) tests.push(`${times} >= ${this.#bind.count(at_least)}`);
    if (at_most !== undefined) tests.push(`${times} <= ${this.#bind.count(at_most)}`);
    if (rule.total) {
      const compared = { at_least: '>=', at_most: '<=', greater_than: '>', less_than: '<' } as const;
      const sum = this.#sum(rule, counts);
      tests.push(`${sum} ${compared[rule.total.operator]} ${this.#bind.number(rule.total.value)}`);
    }
    return holdsForNone(rule) ? `NOT (${tests.join(' AND ')})` : `(${tests.join(' AND ')})`;
  }

  #sum(rule: EventRule, counts: string): string {
    const { number } = propertyValue(this.#bind.text(rule.total?.property ?? ''));
    return `sumIf(ifNull(${number}, 0), ${counts})`;
  }

  /** What was counted, for each person who did the thing: `person`, `found`. */
  counted(rule: EventRule): string {
    const counts = this.#counts(rule);
    const found = rule.total && !rule.count ? this.#sum(rule, counts) : `countIf(${counts})`;
    const rows = this.#from.events(`name = ${this.#bind.text(rule.event)}`, undefined);
    return `SELECT person, toFloat64(${found}) AS found FROM ${rows} GROUP BY person`;
  }
}

const nobody = 'SELECT toUInt64(0) AS person WHERE 0';

/**
 * Leaves in the order in which they are asked: those about one attribute, or about events of one name, together; what
 * reads little and selects few first, as the following read only these people's rows.
 */
function inTurn(leaves: readonly Leaf[]): Leaf[][] {
  const subject = (leaf: Leaf, n: number) =>
    leaf.kind === 'attribute'
      ? `attribute ${leaf.rule.attribute}`
      : leaf.kind === 'event'
        ? `event ${leaf.rule.event}`
        : String(n);
  const together = Map.groupBy(leaves, (leaf) => subject(leaf, leaves.indexOf(leaf)));
  const cost = (some: readonly Leaf[]) => Math.min(...some.map(costOf));
  return [...together.values()].sort((a, b) => cost(a) - cost(b));
}

const broad = new Set(['exists', 'contains', 'less_than', 'at_most', 'before']);

function costOf(leaf: Leaf): number {
  if (leaf.kind === 'picked') return 0;
  if (leaf.kind === 'segment') return 1;
  if (leaf.kind === 'places') return 2;
  if (leaf.kind === 'event') return leaf.rule.within_last || leaf.rule.from ? 20 : 21;
  const { operator } = leaf.rule;
  if (operator === 'equals' || operator === 'in') return 3;
  return broad.has(operator) ? 11 : 10;
}
