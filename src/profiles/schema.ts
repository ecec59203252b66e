import { z } from 'zod';
import { id } from '../engine/index.ts';

/** Times are ISO 8601 in UTC. */
const time = z.string();

/** A person in a list: the well-known attributes as text, null where unknown. */
export const personRow = z.object({
  id: z.string(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  store_location: z.string().nullable(),
  lifetime_value: z.number().nullable(),
  last_seen: time,
});
export type PersonRow = z.infer<typeof personRow>;

export const peopleQuery = z.object({
  search: z
    .string()
    .max(200)
    .optional()
    .describe('Any part of names, e-mail, phone or id; every word must occur'),
  segment: id.optional().describe('Only members of this segment'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(2_000).optional().describe('next_cursor of the page before'),
});
export type PeopleQuery = z.infer<typeof peopleQuery>;

export const peoplePage = z.object({
  items: z.array(personRow),
  total: z.number().int(),
  next_cursor: z.string().nullable(),
});

export const person = z.object({
  id: z.string(),
  first_seen: time,
  last_seen: time,
  attributes: z.array(z.object({ name: z.string(), value: z.unknown(), time })),
  events: z.array(z.object({ name: z.string(), count: z.number().int(), first: time, last: time })),
  identities: z
    .array(z.string())
    .describe('All ids of this person: the user id and the anonymous ids linked to it'),
  segments: z.array(z.object({ id: z.string(), name: z.string(), since: time })),
  emails: z.array(
    z.object({
      id: z.string(),
      campaign_name: z.string().nullable(),
      subject: z.string(),
      status: z.string(),
      time,
    }),
  ),
});
export type Person = z.infer<typeof person>;

export const timelineQuery = z.object({
  before: z.string().max(500).optional().describe('A time, or next_before of the page before'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const timelinePage = z.object({
  items: z.array(
    z.object({
      time,
      type: z.string(),
      name: z.string(),
      source: z.string(),
      properties: z.record(z.string(), z.unknown()),
    }),
  ),
  next_before: z.string().nullable(),
});
export type TimelinePage = z.infer<typeof timelinePage>;
