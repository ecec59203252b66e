import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Problem } from '../engine/index.ts';
import { checkWhere, parseRule } from './parse.ts';
import { operators } from './rule.ts';
import { ruleJsonSchema, ruleSchema } from './rule_schema.ts';

const ajv = (schema: object) =>
  new Ajv2020({ allErrors: false, strict: false, validateFormats: false }).compile(schema);
/** The published schema says what `parseRule` says, as far as a schema can. */
const accepts = ajv(ruleJsonSchema);

test('the published schema is the one in docs (update it with `vitest run rule_schema -u`)', async () => {
  const text = `${JSON.stringify(ruleJsonSchema, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../docs/segment-rule.schema.json');
});

const name = fc.constantFrom('city', 'Order Completed', '', '__proto__', 'x'.repeat(201));
const time = fc.constantFrom('2026-01-31', '2026-01-31T10:00', '2026-02-30', '2026-01-31T10:00:00+02:00');
const number = fc.oneof(fc.integer(), fc.constantFrom<unknown>('12', '1e3', '-0.5', 'much', 1.5));
const id = fc.oneof(fc.uuid(), fc.constant('vips'));
const amount = fc.constantFrom(1, 30, 0, 1.5, 2_000_000);
const duration = fc.record({ amount, unit: fc.constantFrom('hour', 'month', 'year', 'blink') });
const value = fc.oneof(
  number,
  time,
  duration,
  fc.constantFrom<unknown>(
    'Chicago',
    '',
    true,
    null,
    [],
    ['a', 1, true],
    [1, 2],
    ['2026-01-01', '2026-02-01'],
    [1],
  ),
);
const comparison = fc.record(
  { operator: fc.constantFrom(...Object.keys(operators), 'resembles'), value },
  { requiredKeys: ['operator'] },
);
const times = fc.constantFrom<unknown>(0, 1, 3, -1, 1.5, '2');
const event = fc.record(
  {
    event: name,
    count: fc.record({ at_least: times, at_most: times, exactly: times }, { requiredKeys: [] }),
    within_last: duration,
    from: time,
    to: time,
    total: fc.record({
      property: name,
      operator: fc.constantFrom('at_least', 'at_most', 'greater_than', 'less_than', 'equals'),
      value: number,
    }),
    where: fc.array(
      fc.record({ property: name, is: comparison }).map(({ is, ...rest }) => ({ ...rest, ...is })),
      {
        maxLength: 2,
      },
    ),
  },
  { requiredKeys: ['event'] },
);
const { rule } = fc.letrec<{ rule: unknown }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ attribute: name, is: comparison }).map(({ is, ...rest }) => ({ ...rest, ...is })),
    event,
    fc.record({ segment: id }),
    fc.record({ program: id }),
    fc.record({ location: id }),
    fc.record({ connection: id }),
    fc.record({ picked: id }),
    fc.record({
      target: fc.dictionary(fc.constantFrom('tier', 'gross_spent', 'when'), value, { noNullPrototype: true }),
    }),
    fc.record({ all: fc.array(tie('rule'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('rule'), { maxLength: 3 }) }),
    fc.record({ not: tie('rule') }),
  ),
}));

/** A rule with one thing in it taken away, put in, or made something else. */
const mutated = fc
  .tuple(rule, fc.nat(), fc.constantFrom('take', 'put', 'make'), fc.jsonValue())
  .map(([given, which, how, other]) => {
    const copy = structuredClone(given);
    const places: [Record<string, unknown>, string][] = [];
    const visit = (node: unknown) => {
      if (typeof node !== 'object' || node === null) return;
      for (const key of Object.keys(node)) {
        places.push([node as Record<string, unknown>, key]);
        visit((node as Record<string, unknown>)[key]);
      }
    };
    visit(copy);
    const place = places[which % Math.max(1, places.length)];
    if (!place) return copy;
    const [node, key] = place;
    if (how === 'make') node[key] = other;
    else if (how === 'put' && !Array.isArray(node)) node.value = other;
    else if (Array.isArray(node)) node.splice(Number(key), 1);
    else delete node[key];
    return copy;
  });

function problemOf(check: () => unknown): Problem | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

test('the schema and the server accept and refuse the same rules', () => {
  let both = 0;
  fc.assert(
    fc.property(fc.oneof(rule, mutated), (given) => {
      const bySchema = accepts(given);
      const problem = problemOf(() => parseRule(given));
      if (bySchema && !problem) both++;
      if (!bySchema) expect(problem, 'the schema refuses what the server takes').toBeDefined();
      // Whether a day is in the calendar, and which characters can be kept, no schema tells.
      else if (JSON.stringify(given).match(/2026-02-30|\\u0000|\\ud[89a-f]/)) return;
      else expect(problem?.message, 'the server refuses what the schema takes').toBeUndefined();
    }),
    { numRuns: 2_000 },
  );
  expect(both).toBeGreaterThan(50);
});

test('what holds rules publishes their forms by the same names', () => {
  const step = z.strictObject({ rule: ruleSchema.rule, where: ruleSchema.where.optional() });
  const schema = z.toJSONSchema(step, { io: 'input', metadata: ruleSchema.published });
  expect(schema.$defs).toEqual(ruleJsonSchema.$defs);
  expect(schema.properties).toMatchObject({
    rule: { $ref: '#/$defs/Rule' },
    where: { type: 'array', items: { $ref: '#/$defs/PropertyCondition' } },
  });
  const takes = ajv(schema);
  const refused: unknown[] = [{}, [7], [{ attribute: 'city', operator: 'exists' }], Array(101).fill(was)];
  for (const where of [[], [was], ...refused]) {
    const problem = problemOf(() => checkWhere(where, 'entry.where'));
    expect(takes({ rule: { all: [] }, where }), JSON.stringify(where)).toBe(problem === undefined);
  }
});

const was = { property: 'revenue', operator: 'at_least', value: '20' };

test('conditions on an event alone are read as in a rule, and named by where they stand', () => {
  expect(checkWhere([was], 'entry.where')).toEqual([{ ...was, value: 20 }]);
  const problem = problemOf(() => checkWhere([was, { ...was, operator: 'resembles' }], 'entry.where'));
  expect(problem).toMatchObject({ code: 'unknown_operator', field: 'entry.where[1].operator' });
});
