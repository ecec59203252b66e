import type { Location, Program } from './queries.ts';

/** A form's texts; an empty one is nothing. */
export interface ProgramValues {
  name: string;
  external_id: string;
  timezone: string;
  sender: { name: string; address: string; reply_to: string };
}
export interface LocationValues extends ProgramValues {
  aliases: string[];
  address: { street: string; city: string; region: string; postal_code: string; country: string };
}

type Nulls<T> = { [K in keyof T]: T[K] | null };

const texts = <T extends Record<string, string | null>>(of: T) =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, value ?? ''])) as {
    [K in keyof T]: string;
  };
const nulls = <T extends Record<string, string>>(of: T) =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, value.trim() || null])) as Nulls<T>;

const noSender = { name: null, address: null, reply_to: null };
const noAddress = { street: null, city: null, region: null, postal_code: null, country: null };

export const programValues = (program: Program | undefined): ProgramValues => ({
  name: program?.name ?? '',
  external_id: program?.external_id ?? '',
  timezone: program?.timezone ?? '',
  sender: texts(program?.sender ?? noSender),
});

export const locationValues = (location: Location | undefined): LocationValues => ({
  name: location?.name ?? '',
  external_id: location?.external_id ?? '',
  timezone: location?.timezone ?? '',
  sender: texts(location?.sender ?? noSender),
  aliases: location?.aliases ?? [],
  address: texts(location?.address ?? noAddress),
});

export const programBody = ({ name, external_id, timezone, sender }: ProgramValues) => ({
  name: name.trim(),
  external_id: external_id.trim() || null,
  timezone: timezone || null,
  sender: nulls(sender),
});

export const locationBody = ({ aliases, address, ...shared }: LocationValues) => ({
  ...programBody(shared),
  aliases,
  address: nulls(address),
});

/** What differs: only that is said, so that documents go on telling the rest. */
export function changes<T extends object>(before: T, after: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(after).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof T]),
    ),
  ) as Partial<T>;
}
