import { Binder } from './binder.ts';
import { attributeValue, comparisonSql, type Moment, propertyValue } from './compare.ts';
import { holdsForNone, type Leaf, type Names, type Normal, normalise } from './leaves.ts';
import { type AttributeRule, type EventRule, earlier, instantOf, type Rule } from './rule.ts';
import { type Copies, copiedSources, type EventsOf, type Sources, sourcesOf } from './sources.ts';

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
 * rows of those who satisfy the ones before it, before duplicates are merged. People are 64-bit numbers. Names and values
 * are bound; the text holds nothing of the rule's own.
 *
 * Measured on 2M people, 20M events, a rule of 3 attributes and 2 events, 2 cores: see `npm run bench -- segments`. As one
 * table of everybody with a column for each condition (0.83 s for a tenth of that) it took over 8 s.
 *
 * @param prefix of the names it binds, where several rules stand in one statement
 */
export function compileRule(rule: Rule, context: CompileContext, prefix = 'p'): CompiledRule {
  const { scope, linked, copies } = context;
  const compiler = new Compiler(
    copies ? copiedSources(copies) : sourcesOf(linked, scope),
    context,
    new Binder(prefix),
  );
  return compiler.once(normalise(rule, context));
}

/** Compiles one condition for a few people: rows of `person` and what was found (`explain.ts`). */
export function compileEvents(rule: EventRule, context: CompileContext, prefix = 'p'): CompiledRule {
  const from = sourcesOf(context.linked, context.scope);
  return new Compiler(from, context, new Binder(prefix)).counted(rule);
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

  once(rule: Normal): CompiledRule {
    const { sql, unique } = this.#people(rule);
    return this.#compiled(unique ? sql : `SELECT DISTINCT person FROM (${sql})`);
  }

  #compiled = (sql: string): CompiledRule => ({ named: this.#from.named, sql, params: this.#bind.params });

  #people(rule: Normal): People {
    switch (rule.kind) {
      case 'has':
        return this.#has([rule.leaf]);
      case 'lacks':
        return this.#except(this.#all(), [rule.leaf]);
      case 'all':
        return this.#every(rule.of);
      case 'any':
        return this.#some(rule.of);
    }
  }

  #all = (): People => ({ sql: this.#from.everybody(), unique: true });

  #every(rules: readonly Normal[]): People {
    let people: People | undefined;
    const has = rules.filter((rule) => rule.kind === 'has').map(({ leaf }) => leaf);
    for (const together of inTurn(has)) people = this.#has(together, people && this.#from.idsOf(people.sql));
    for (const rule of rules) {
      if (rule.kind !== 'any') continue;
      const some = this.#some(rule.of);
      people = people
        ? { ...people, sql: `SELECT person FROM (${people.sql}) WHERE person IN (${some.sql})` }
        : some;
    }
    const lacks = rules.filter((rule) => rule.kind === 'lacks').map(({ leaf }) => leaf);
    people ??= this.#all();
    return lacks.length === 0 ? people : this.#except(people, lacks);
  }

  #some(rules: readonly Normal[]): People {
    const sets = rules.filter((rule) => rule.kind !== 'has').map((rule) => this.#people(rule).sql);
    sets.push(...this.#anyOf(rules.filter((rule) => rule.kind === 'has').map(({ leaf }) => leaf)));
    return { sql: sets.length === 0 ? nobody : sets.join('\nUNION ALL\n'), unique: false };
  }

  #except({ sql, unique }: People, leaves: readonly Leaf[]): People {
    const others = this.#anyOf(leaves).join('\nUNION ALL\n');
    return { sql: `SELECT person FROM (${sql}) WHERE person NOT IN (${others})`, unique };
  }

  /** Sets of people of whom at least one of the leaves holds. All attributes are read together. */
  #anyOf(leaves: readonly Leaf[]): string[] {
    const attributes = leaves.filter((leaf) => leaf.kind === 'attribute').map(({ rule }) => rule);
    const sets = leaves.filter((leaf) => leaf.kind !== 'attribute').map((leaf) => this.#has([leaf]).sql);
    if (attributes.length > 0) {
      const keys = new Map(attributes.map(({ attribute }) => [attribute, this.#bind.text(attribute)]));
      const tests = attributes.map((rule) => `(key = ${keys.get(rule.attribute)} AND ${this.#test(rule)})`);
      sets.push(this.#from.valued({ keys: [...keys.values()], test: `(${tests.join(' OR ')})` }));
    }
    return sets;
  }

  /**
   * People of whom all of these hold, which are about one thing: one attribute, or events of one name.
   *
   * @param within SQL of the ids among whom it looks
   */
  #has(leaves: readonly Leaf[], within?: string): People {
    const [leaf] = leaves as [Leaf, ...Leaf[]];
    switch (leaf.kind) {
      case 'attribute': {
        const rules = leaves.flatMap((one) => (one.kind === 'attribute' ? [one.rule] : []));
        const of = {
          keys: [this.#bind.text(leaf.rule.attribute)],
          test: `(${rules.map(this.#test).join(' AND ')})`,
          narrow: rules.some(isNarrow),
        };
        return { sql: this.#from.valued(of, within), unique: true };
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
    const rows = this.#from.events(this.#asked(event, rules), within);
    const tests = rules.map((rule) => this.#counts(rule));
    const enough = rules.map((rule, n) => this.#enough(rule, tests[n]!));
    const sql = `SELECT person FROM ${rows}
WHERE (${tests.join(') OR (')})
GROUP BY person HAVING ${enough.join(' AND ')}`;
    if (!byRapport.test(event)) return { sql, unique: true };
    return { sql: `SELECT person FROM (${this.#from.everybody()}) WHERE person IN (${sql})`, unique: true };
  }

  /** Events of a name, from the first on that may count for one of the rules. */
  #asked(event: string, rules: readonly EventRule[]): EventsOf {
    const begins = rules.map((rule) => this.#begin(rule));
    const known = begins.filter((begin) => begin !== undefined);
    const since =
      known.length < begins.length ? undefined : new Date(Math.min(...known.map((begin) => begin.getTime())));
    return { named: `name = ${this.#bind.text(event)}`, since: since && this.#bind.time(since) };
  }

  #begin({ within_last, from }: EventRule): Date | undefined {
    const { now, timeZone } = this.#context;
    if (within_last) return earlier(now, within_last, timeZone);
    return from === undefined ? undefined : instantOf(from, timeZone);
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
  counted(rule: EventRule): CompiledRule {
    const counts = this.#counts(rule);
    const found = rule.total && !rule.count ? this.#sum(rule, counts) : `countIf(${counts})`;
    const rows = this.#from.events(this.#asked(rule.event, [rule]));
    return this.#compiled(`SELECT person, toFloat64(${found}) AS found FROM ${rows} GROUP BY person`);
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

const isNarrow = ({ operator }: AttributeRule) => operator === 'equals' || operator === 'in';
const broad = new Set(['exists', 'contains', 'less_than', 'at_most', 'before']);

function costOf(leaf: Leaf): number {
  if (leaf.kind === 'picked') return 0;
  if (leaf.kind === 'segment') return 1;
  if (leaf.kind === 'places') return 2;
  if (leaf.kind === 'event') return leaf.rule.within_last || leaf.rule.from ? 20 : 21;
  if (isNarrow(leaf.rule)) return 3;
  return broad.has(leaf.rule.operator) ? 11 : 10;
}
