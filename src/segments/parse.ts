import type { z } from 'zod';
import { Problem } from '../engine/index.ts';
import { conditionOfTarget } from './loyalty.ts';
import {
  type Belonging,
  belongings,
  eventShape,
  nameOf,
  type Operator,
  operators,
  type PropertyRule,
  type Rule,
} from './rule.ts';

const belongingKinds = Object.keys(belongings) as Belonging[];
const kinds = ['all', 'any', 'not', 'attribute', 'event', ...belongingKinds, 'target'] as const;
const maxDepth = 20;
const maxConditions = 100;

/**
 * Checks a rule as it came from outside. Numeric text becomes a number where a number is wanted.
 *
 * @throws Problem 400 `bad_rule` or `unknown_operator`; `field` is the path, e.g. `rule.all[1].operator`
 */
export function parseRule(given: unknown, path = 'rule'): Rule {
  return new Reader().rule(given, path, 0);
}

/**
 * The rule a loyalty campaign's `target` means: all of its entries hold.
 *
 * @throws Problem 400 `bad_rule`, `field` e.g. `target.gross_spent`
 */
export function ruleFromLoyaltyTarget(target: unknown, path = 'target'): Rule {
  return new Reader().target(target, path);
}

/**
 * Checks what an event was: the conditions on its properties, all of which hold.
 *
 * @throws Problem 400 `bad_rule` or `unknown_operator`; `field` is the path, e.g. `entry.where[1].operator`
 */
export function checkWhere(given: unknown, path: string): PropertyRule[] {
  return new Reader().where(given, path);
}

const bad = (field: string, message: string, hint?: string) =>
  new Problem(400, 'bad_rule', `${field}: ${message}`, hint === undefined ? { field } : { field, hint });

class Reader {
  #conditions = 0;

  rule(given: unknown, path: string, depth: number): Rule {
    if (depth > maxDepth) throw bad(path, `is nested deeper than ${maxDepth} levels.`);
    const object = objectAt(given, path);
    const named = kinds.filter((kind) => Object.hasOwn(object, kind));
    const [kind] = named;
    if (kind === undefined || named.length > 1) {
      throw bad(path, `must have exactly one of ${kinds.join(', ')}.`);
    }
    if (kind === 'all' || kind === 'any') {
      onlyKeys(object, [kind], path);
      const rules = this.#list(object[kind], `${path}.${kind}`, (inner, at) =>
        this.rule(inner, at, depth + 1),
      );
      return kind === 'all' ? { all: rules } : { any: rules };
    }
    if (kind === 'not') {
      onlyKeys(object, [kind], path);
      return { not: this.rule(object.not, `${path}.not`, depth + 1) };
    }
    if (kind === 'target') {
      onlyKeys(object, [kind], path);
      return this.target(object.target, `${path}.target`);
    }
    return this.#condition(object, kind, path);
  }

  target(given: unknown, path: string): Rule {
    const entries = Object.entries(objectAt(given, path));
    if (entries.length === 0) throw bad(path, 'names no condition, so it would mean everybody.');
    return {
      all: entries.map(([name, value]) =>
        this.#condition(conditionOfTarget(name, value), 'attribute', `${path}.${name}`),
      ),
    };
  }

  #condition(object: Record<string, unknown>, kind: 'attribute' | 'event' | Belonging, path: string): Rule {
    this.#conditions++;
    if (this.#conditions > maxConditions)
      throw bad(path, `the rule has more than ${maxConditions} conditions.`);
    if (kind === 'attribute') return comparison(object, 'attribute', path) as Rule;
    if (kind !== 'event') return shaped<Rule>(belongings[kind], object, path);
    const { where, ...rest } = object;
    const event = shaped(eventShape, rest, path);
    if (event.within_last && (event.from !== undefined || event.to !== undefined)) {
      throw bad(`${path}.within_last`, 'cannot stand beside from or to.');
    }
    if (event.count?.exactly !== undefined && Object.keys(event.count).length > 1) {
      throw bad(`${path}.count.exactly`, 'cannot stand beside at_least or at_most.');
    }
    if (where === undefined) return event;
    return { ...event, where: this.where(where, `${path}.where`) };
  }

  where(given: unknown, path: string): PropertyRule[] {
    return this.#list(given, path, (inner, at) => {
      this.#conditions++;
      return comparison(objectAt(inner, at), 'property', at) as PropertyRule;
    });
  }

  #list<T>(given: unknown, path: string, read: (inner: unknown, path: string) => T): T[] {
    if (!Array.isArray(given)) throw bad(path, 'must be a list.');
    if (given.length > maxConditions) throw bad(path, `has more than ${maxConditions} entries.`);
    return given.map((inner, i) => read(inner, `${path}[${i}]`));
  }
}

function comparison(
  object: Record<string, unknown>,
  subject: 'attribute' | 'property',
  path: string,
): object {
  onlyKeys(object, [subject, 'operator', 'value'], path);
  const name = nameOf.safeParse(object[subject]);
  if (!name.success) throw bad(`${path}.${subject}`, 'must be a text of 1 to 200 characters.');
  const operator = object.operator;
  if (typeof operator !== 'string' || !Object.hasOwn(operators, operator)) {
    const valid = Object.keys(operators).join(', ');
    throw new Problem(
      400,
      'unknown_operator',
      `${path}.operator: there is no operator ${operator === undefined ? '(none given)' : JSON.stringify(operator)}.`,
      { field: `${path}.operator`, hint: `The operators are ${valid}.` },
    );
  }
  const { value: schema, takes } = operators[operator as Operator];
  const value = (schema as z.ZodType).safeParse(object.value);
  if (!value.success) throw bad(`${path}.value`, `${operator} takes ${takes}.`);
  const read = { [subject]: name.data, operator };
  return value.data === undefined ? read : { ...read, value: value.data };
}

function shaped<T>(schema: z.ZodType<T>, object: unknown, path: string): T {
  const read = schema.safeParse(object);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const field = [path, ...(issue?.path ?? [])].join('.');
  throw bad(field, `${issue?.message ?? 'is not valid'}.`);
}

function objectAt(given: unknown, path: string): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw bad(path, 'must be a JSON object.', `A rule has exactly one of ${kinds.join(', ')}.`);
  }
  return given as Record<string, unknown>;
}

function onlyKeys(object: Record<string, unknown>, allowed: readonly string[], path: string): void {
  const extra = Object.keys(object).find((key) => !allowed.includes(key));
  if (extra !== undefined)
    throw bad(`${path}.${extra}`, `is not known here; expected ${allowed.join(', ')}.`);
}
