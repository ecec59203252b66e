import { Problem } from '../engine/index.ts';
import { parseRule } from './parse.ts';
import type { Rule } from './rule.ts';

/** Other names loyalty documents use for our attributes. */
const aliases: Record<string, string> = { gross_spent: 'lifetime_value' };

const number = /^-?\d+(\.\d+)?$/;
const time = /^\d{4}-\d{2}-\d{2}([T ]\S+)?$/;

/**
 * The rule a loyalty campaign's `target` means: all of its entries hold. A time means after it, a number or numeric
 * text more than it, a list any of it, any other text and true/false equal to it. `gross_spent` is the attribute
 * `lifetime_value`.
 *
 * @throws Problem 400 `bad_rule`, `field` e.g. `target.gross_spent`
 */
export function ruleFromLoyaltyTarget(target: unknown, path = 'target'): Rule {
  if (typeof target !== 'object' || target === null || Array.isArray(target)) {
    throw new Problem(400, 'bad_rule', `${path}: must be a JSON object.`, { field: path });
  }
  const entries = Object.entries(target);
  if (entries.length === 0) {
    throw new Problem(400, 'bad_rule', `${path}: names no condition, so it would mean everybody.`, {
      field: path,
    });
  }
  return {
    all: entries.map(([key, value]) => {
      const attribute = Object.hasOwn(aliases, key) ? aliases[key] : key;
      return parseRule({ attribute, operator: operatorFor(value), value }, `${path}.${key}`);
    }),
  };
}

function operatorFor(value: unknown): string {
  if (Array.isArray(value)) return 'in';
  if (typeof value === 'number') return 'greater_than';
  if (typeof value !== 'string') return 'equals';
  if (time.test(value)) return 'after';
  return number.test(value) ? 'greater_than' : 'equals';
}
