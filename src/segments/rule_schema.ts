import { z } from 'zod';
import { belongings, eventShape, nameOf, operators } from './rule.ts';

/** One form for each kind of value, with the operators that take it. */
function comparisons(subject: 'attribute' | 'property'): z.ZodType {
  const taking = Map.groupBy(Object.entries(operators), ([, { value }]) => value as z.ZodType);
  const forms = [...taking].map(([value, entries]) => {
    const named = { [subject]: nameOf, operator: z.enum(entries.map(([operator]) => operator)) };
    return z.strictObject(value instanceof z.ZodUndefined ? named : { ...named, value });
  });
  return z.union(forms);
}

const attribute = comparisons('attribute').meta({
  id: 'AttributeCondition',
  title: 'What somebody is',
  examples: [{ attribute: 'city', operator: 'equals', value: 'Chicago' }],
});
const property = comparisons('property').meta({
  id: 'PropertyCondition',
  title: 'What an event was',
  examples: [{ property: 'revenue', operator: 'greater_than', value: 20 }],
});

const { count } = eventShape.shape;
const counts = count
  .unwrap()
  .meta({ minProperties: 1, not: { required: ['exactly'], minProperties: 2 } })
  .optional();

const event = eventShape.extend({ count: counts, where: z.array(property).max(100).optional() }).meta({
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

const rule: z.ZodType = z
  .union([
    z.strictObject({ all: z.lazy(() => z.array(rule).max(100)) }).meta({ title: 'Every one holds' }),
    z.strictObject({ any: z.lazy(() => z.array(rule).max(100)) }).meta({ title: 'At least one holds' }),
    z.strictObject({ not: z.lazy(() => rule) }).meta({ title: 'It does not hold' }),
    attribute,
    event,
    ...Object.entries(belongings).map(([what, shape]) => shape.meta({ title: `Belongs to a ${what}` })),
  ])
  .meta({
    id: 'Rule',
    title: 'Segment rule',
    description:
      'A rule has at most 100 conditions and 20 levels; a schema cannot say so. docs/segments.md explains each form.',
  });

/** The language of rules as a JSON Schema, made of what `parseRule` itself reads with. */
export const ruleJsonSchema = z.toJSONSchema(rule, { io: 'input' }) as Record<string, unknown>;
