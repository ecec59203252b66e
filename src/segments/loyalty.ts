/** Other names loyalty documents use for our attributes. */
const aliases: Record<string, string> = { gross_spent: 'lifetime_value' };

const number = /^-?\d+(\.\d+)?$/;
const time = /^\d{4}-\d{2}-\d{2}([T ]\S+)?$/;

/**
 * The condition an entry of a loyalty campaign's `target` means, still to be checked. A time means after it, a number or
 * numeric text more than it, a list any of it, any other text and true/false equal to it. `gross_spent` is the attribute
 * `lifetime_value`.
 */
export function conditionOfTarget(name: string, value: unknown) {
  const attribute = Object.hasOwn(aliases, name) ? aliases[name] : name;
  return { attribute, operator: operatorFor(value), value };
}

function operatorFor(value: unknown): string {
  if (Array.isArray(value)) return 'in';
  if (typeof value === 'number') return 'greater_than';
  if (typeof value !== 'string') return 'equals';
  if (time.test(value)) return 'after';
  return number.test(value) ? 'greater_than' : 'equals';
}
