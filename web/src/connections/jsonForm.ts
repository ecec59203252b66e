/** What a form needs of the JSON Schema of a kind's settings or credentials: an object of plain values. */
export interface FieldSchema {
  name: string;
  type: 'string' | 'number' | 'boolean';
  description: string | undefined;
  required: boolean;
  initial: string | number | boolean;
  choices: string[] | undefined;
  minimum: number | undefined;
  maximum: number | undefined;
  isAddress: boolean;
}

export type Values = Record<string, string | number | boolean>;

interface Property {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  format?: string;
}

export function fieldsOfSchema(schema: Record<string, unknown>): FieldSchema[] {
  const properties = (schema.properties ?? {}) as Record<string, Property>;
  const required = new Set((schema.required ?? []) as string[]);
  return Object.entries(properties).map(([name, property]) => {
    const type =
      property.type === 'boolean'
        ? 'boolean'
        : property.type === 'number' || property.type === 'integer'
          ? 'number'
          : 'string';
    const given = property.default;
    return {
      ...{ name, type, description: property.description, required: required.has(name) },
      initial: typeof given === type ? (given as string | number | boolean) : type === 'boolean' ? false : '',
      choices: property.enum?.map(String),
      minimum: property.minimum,
      maximum: property.maximum,
      isAddress: property.format === 'uri',
    };
  });
}

/** What a form begins with: what there is, else what the schema says. */
export const initialValues = (schema: Record<string, unknown>, given: Record<string, unknown> = {}): Values =>
  Object.fromEntries(
    fieldsOfSchema(schema).map(({ name, initial }) => [name, (given[name] as Values[string]) ?? initial]),
  );

/** What is sent: a field left empty is not there at all. */
export const sent = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
