import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Problem } from '../engine/index.ts';
import { isKeepable } from '../log/index.ts';
import { readPeople } from './people_list.ts';
import {
  type Address,
  address,
  aliases,
  externalId,
  limits,
  name,
  noAddress,
  noSender,
  type Sender,
  sender,
  zone,
} from './schema.ts';

/** A CloudEvent that says how a program is, as the collecting room hands it over. */
export interface DocumentEvent {
  id: string;
  source: string;
  subject?: string | undefined;
  time?: string | undefined;
  data?: unknown;
}

interface Said {
  name?: string | undefined;
  timezone?: string | null | undefined;
  sender?: Sender | undefined;
  removed: false;
}

export interface DocumentLocation {
  externalId: string;
  said: Said & { aliases?: string[] | undefined; address?: Address | undefined };
  /** Everybody who belongs to it; undefined: the document does not say. */
  people: string[] | undefined;
}

/** What a document says. Of a field it leaves out it says nothing. */
export interface ProgramDocument {
  /** Tells documents apart by all they say, since senders give an edited one its old id. */
  fingerprint: string;
  /** Undefined: that of its first arrival. */
  time: Date | undefined;
  externalId: string;
  said: Said;
  people: string[] | undefined;
  locations: DocumentLocation[];
}

/** A clock that is ahead is forgiven so much; a document from further on would outdo all that follow. */
const aheadMs = 24 * 60 * 60 * 1000;

const asText = (value: unknown) => (typeof value === 'number' ? String(value) : value);
const asLocation = (value: unknown) => (typeof value === 'string' ? { name: value } : value);

const common = {
  id: z.preprocess(asText, externalId.optional()),
  name: name.optional(),
  timezone: zone.nullable().optional(),
  sender: sender.nullable().optional(),
  associated_users_list: z.array(z.unknown()).optional(),
};
const locationData = z.looseObject({
  ...common,
  aliases: aliases.optional(),
  address: address.nullable().optional(),
});
const programData = z.looseObject({
  ...common,
  locations: z.array(z.preprocess(asLocation, locationData)).max(limits.locations).default([]),
});
type LocationData = z.infer<typeof locationData>;

/**
 * Reads a loyalty program document: `data` is of the form docs/programs.md has, and what else is in it is left alone.
 * @throws Problem 400 `bad_loyalty_program` with the field
 */
export function readDocument(event: DocumentEvent, now: Date): ProgramDocument {
  for (const field of ['id', 'source'] as const) {
    const text = event[field];
    if (!text.includes('\0') && text.isWellFormed()) continue;
    throw bad(field, 'must not contain the character NUL or half a surrogate pair');
  }
  const parsed = programData.safeParse(event.data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw bad(pathOf(issue?.path ?? []), issue?.message ?? 'is not a program');
  }
  const { data } = parsed;
  return {
    fingerprint: fingerprintOf(event),
    time: timeOf(event, now),
    externalId: data.id ?? idOf(event),
    said: saidOf(data),
    people: readPeople(data.associated_users_list, pathOf(['associated_users_list']), bad),
    locations: locationsOf(data.locations),
  };
}

const saidOf = ({ name, timezone, sender }: Pick<LocationData, 'name' | 'timezone' | 'sender'>): Said => ({
  name,
  timezone,
  sender: sender === null ? noSender : sender,
  removed: false,
});

function locationsOf(all: readonly LocationData[]): DocumentLocation[] {
  const seen = new Set<string>();
  return all.map((one, n) => {
    const at = (field: string) => pathOf(['locations', n, field]);
    const externalId = one.id ?? one.name;
    if (externalId === undefined) throw bad(at('id'), 'a location needs an id or a name');
    if (seen.has(externalId)) throw bad(at(one.id ? 'id' : 'name'), 'is that of a location before it');
    seen.add(externalId);
    return {
      externalId,
      said: {
        ...saidOf(one),
        aliases: one.aliases,
        address: one.address === null ? noAddress : one.address,
      },
      people: readPeople(one.associated_users_list, at('associated_users_list'), bad),
    };
  });
}

/** Without an id in the data the program is what the event is about; senders who do not say that name the event after it. */
function idOf({ subject, id }: DocumentEvent): string {
  const parsed = externalId.safeParse(subject?.trim() ? subject : id);
  if (parsed.success) return parsed.data;
  throw bad(subject?.trim() ? 'subject' : 'id', parsed.error.issues[0]?.message ?? 'is no id');
}

function timeOf({ time }: DocumentEvent, now: Date): Date | undefined {
  if (time === undefined) return undefined;
  const at = Date.parse(time);
  if (!isKeepable(at)) throw bad('time', 'must lie between the years 1970 and 2100');
  if (at > now.getTime() + aheadMs) throw bad('time', 'lies in the future');
  return new Date(at);
}

function fingerprintOf({ source, id, subject, time, data }: DocumentEvent): string {
  let text: string;
  try {
    text = JSON.stringify([source, id, subject ?? null, time ?? null, data]);
  } catch {
    throw bad('data', 'is nested too deep');
  }
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (at, key) => (typeof key === 'number' ? `${at}[${key}]` : `${at}.${String(key)}`),
    'data',
  );

function bad(field: string, reason: string): Problem {
  return new Problem(400, 'bad_loyalty_program', `${field}: ${reason}`, {
    field,
    hint: 'docs/programs.md shows the form of a program document.',
  });
}
