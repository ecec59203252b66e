import { type ClickHouse, statement } from '../engine/index.ts';
import type { ValuesAnswer, ValuesQuery } from './schema.ts';

const valuesOfAttribute = statement(import.meta.url, './sql/values_of_attribute.sql');
const valuesOfProperty = statement(import.meta.url, './sql/values_of_property.sql');

/** Somebody types: what is not found soon is not suggested. */
const patience = { max_execution_time: 3, timeout_overflow_mode: 'break' } as const;

/** Frequent values of an attribute, or of an event's property, and what kind they are of. */
export async function frequentValues(
  clickhouse: ClickHouse,
  workspace: string,
  asked: ValuesQuery,
): Promise<ValuesAnswer> {
  const of = { workspace, search: asked.search ?? '' };
  const [statement, params] =
    asked.attribute !== undefined
      ? [valuesOfAttribute, { ...of, name: asked.attribute }]
      : [valuesOfProperty, { ...of, event: asked.event, name: asked.property }];
  const rows = await clickhouse.rows<{ json: string; count: number }>(statement, params, {
    settings: patience,
  });
  // What is a list or an object no condition can ask for.
  const values = rows.filter(({ json }) => !/^[[{]/.test(json));
  return {
    kind: kindOf(values.map(({ json }) => json)),
    items: values.map(({ json, count }) => ({ value: JSON.parse(json), count })),
  };
}

const kinds: [ValuesAnswer['kind'], RegExp][] = [
  ['boolean', /^(true|false)$/],
  ['number', /^-?\d/],
  ['date', /^"\d{4}-\d{2}-\d{2}([T ][^"]*)?"$/],
];

/** The kind most values are of; null where there is none to tell by. */
function kindOf(values: readonly string[]): ValuesAnswer['kind'] {
  if (values.length === 0) return null;
  const most = kinds.find(([, form]) => values.filter((json) => form.test(json)).length * 2 > values.length);
  return most?.[0] ?? 'string';
}
