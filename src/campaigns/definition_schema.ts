import { z } from 'zod';
import { ruleSchema } from '../segments/index.ts';
import { shape } from './definition.ts';
import { conditionText, ruleText } from './steps.ts';

/** Rules and conditions are read apart from the definition, so their forms are put in where they stand. */
const forms = new Map<unknown, string>([
  [ruleText, '#/$defs/Rule'],
  [conditionText, '#/$defs/PropertyCondition'],
]);

const all = z.toJSONSchema(
  z.object({ definition: shape, rule: ruleSchema.rule, condition: ruleSchema.where }),
  {
    io: 'input',
    metadata: ruleSchema.published,
    override: ({ zodSchema, jsonSchema }) => {
      const form = forms.get(zodSchema);
      if (form === undefined) return;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
      jsonSchema.$ref = form;
    },
  },
) as unknown as { $schema: string; $defs: Record<string, unknown>; properties: { definition: object } };

/** A campaign's definition as a JSON Schema, made of what reads it. */
export const definitionJsonSchema = {
  $schema: all.$schema,
  title: 'Campaign definition',
  ...all.properties.definition,
  $defs: all.$defs,
};
