import { z } from 'zod';
import { belongings, eventShape, nameOf, numberValue, operators } from './rule.ts';
import { duration, isoTime } from './times.ts';

/** Names and explanations for the published schema alone; the API's own document does not repeat them. */
const published = z.registry<Record<string, unknown>>();
duration.register(published, { id: 'Duration' });
numberValue.register(published, { id: 'Number', description: 'A number, or text that is one' });
isoTime.register(published, {
  id: 'Time',
  description: 'ISO 8601; without an offset in the time zone of the workspace',
});

/** One form for each kind of value, with the operators that take it. */
function comparisons(subject: 'attribute' | 'property'): z.ZodType {
  const taking = Map.groupBy(Object.entries(operators), ([, { value }]) => value as z.ZodType);
  const forms = [...taking].map(([value, entries]) => {
    const named = { [subject]: nameOf, operator: z.enum(entries.map(([operator]) => operator)) };
    return z.strictObject(value instanceof z.ZodUndefined ? named : { ...named, value });
  });
  return z.union(forms);
}

const attribute = comparisons('attribute').register(published, {
  id: 'AttributeCondition',
  title: 'What somebody is',
  examples: [{ attribute: 'city', operator: 'equals', value: 'Chicago' }],
});
const property = comparisons('property').register(published, {
  id: 'PropertyCondition',
  title: 'What an event was',
  examples: [{ property: 'revenue', operator: 'greater_than', value: 20 }],
});

/** Conditions on what an event was: all of them hold. */
const where = z.array(property).max(100);

const { count } = eventShape.shape;
const counts = count
  .unwrap()
  .register(published, { minProperties: 1, not: { required: ['exactly'], minProperties: 2 } })
  .optional();

const event = eventShape.extend({ count: counts, where: where.optional() }).register(published, {
  id: 'EventCondition',
  title: 'What somebody did',
  description:
    'With neither count nor total: at least once. Either within_last, or from (inclusive) and to (exclusive).',
  examples: [
    {
      event: 'Order Completed',
      count: { at_least: 3 },
      within_last: { amount: 90, unit: 'day' },
      total: { property: 'revenue', operator: 'at_least', value: 500 },
    },
  ],
  not: { required: ['within_last'], anyOf: [{ required: ['from'] }, { required: ['to'] }] },
});

const scalar = operators.equals.value;
const target = z
  .strictObject({
    target: z.record(nameOf, z.union([scalar, operators.in.value])).register(published, { minProperties: 1 }),
  })
  .register(published, {
    id: 'LoyaltyTarget',
    title: 'The loyalty form',
    description:
      'All entries hold. A time: after it; a number, or text that is one: more than it; a list: any of it; else equal.',
    examples: [{ target: { last_order_date: '2020-01-01T00:00:00Z', gross_spent: '50' } }],
  });

const rule: z.ZodType = z
  .union([
    z
      .strictObject({ all: z.lazy(() => z.array(rule).max(100)) })
      .register(published, { title: 'Every one holds' }),
    z
      .strictObject({ any: z.lazy(() => z.array(rule).max(100)) })
      .register(published, { title: 'At least one holds' }),
    z.strictObject({ not: z.lazy(() => rule) }).register(published, { title: 'It does not hold' }),
    attribute,
    event,
    target,
    ...Object.entries(belongings).map(([what, shape]) =>
      shape.register(published, { title: `Belongs to a ${what}` }),
    ),
  ])
  .register(published, {
    id: 'Rule',
    title: 'Segment rule',
    description:
      'A rule has at most 100 conditions and 20 levels; a schema cannot say so. docs/segments.md explains each form.',
  });

/**
 * Pieces for the JSON Schema of what holds rules, e.g. a campaign: `z.toJSONSchema(its, { io: 'input', metadata: published })` names
 * the forms as the schema of rules does.
 */
export const ruleSchema = { rule, where, published };

/** The language of rules as a JSON Schema, made of what `parseRule` itself reads with. */
export const ruleJsonSchema = z.toJSONSchema(rule, { io: 'input', metadata: published }) as Record<
  string,
  unknown
>;
