import { hash } from 'node:crypto';
import type { MappedRecord, Value } from './sink.ts';
import type { SourceRecord } from './source.ts';
import { ownFields } from './sources/segment.ts';

export interface MappedField {
  field: string;
  attribute: string;
}

export interface Mapping {
  /** The field by which people are known: its value, in lower case, is the profile's id. */
  identity: string;
  fields: MappedField[];
}

/** Everything that is asked of the source. */
export const fieldsOf = ({ identity, fields }: Mapping): string[] => [
  ...new Set([identity, ...fields.map(({ field }) => field)]),
];

/** What a segment's records have beside what is mapped, for whoever pushes them. */
export const pushed = ({ identity, fields }: Mapping): Mapping => ({
  identity,
  fields: [...fields, ...ownFields.map((name) => ({ field: name, attribute: name }))],
});

const longestValue = 2_000;
const longestId = 256;

/**
 * Makes records as the sinks get them. The hash is of everything they get, so another mapping is another content.
 */
export function mapperOf({ identity, fields }: Mapping): (record: SourceRecord) => MappedRecord {
  const names = [...new Set(fields.map(({ attribute }) => attribute))].sort();
  return (record) => {
    const attributes: Record<string, Value> = {};
    for (const { field, attribute } of fields) attributes[attribute] = toValue(record.fields[field]);
    const known = String(toValue(record.fields[identity]) ?? '')
      .trim()
      .toLowerCase();
    const profile = known === '' || known.length > longestId ? null : known;
    const listed = record.listed ?? true;
    const content = JSON.stringify([profile, listed, names.map((name) => [name, attributes[name]])]);
    return {
      id: storable(record.id),
      profile,
      attributes,
      hash: hash('sha256', content).slice(0, 32),
      listed,
      changedAt: record.changedAt,
    };
  };
}

function toValue(value: unknown): Value {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  const text = storable(typeof value === 'string' ? value : JSON.stringify(value)).trim();
  return text === '' ? null : text.slice(0, longestValue);
}

/** What every engine can hold: neither NUL nor half of a surrogate pair. */
const storable = (text: string) => (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();
