import { z } from 'zod';
import { id } from '../engine/index.ts';
import { kinds } from './kinds.ts';

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
  total_is_least: z.boolean().describe('There may be more: a search is cut at 10,000'),
  next_cursor: z.string().nullable(),
});
export type PeoplePage = z.infer<typeof peoplePage>;

const identity = z.object({
  id: z.string(),
  kind: z
    .enum(['user', 'anonymous', 'previous'])
    .describe('A user id; an anonymous id, which is a device; an id that an alias gave up'),
  joined_to: z.string().nullable().describe('The id it leads to; null for the id of the person itself'),
  since: time.nullable().describe('When it was joined, by the time of the message that did'),
  message: z
    .object({ message_id: z.string(), type: z.string(), source: z.string() })
    .nullable()
    .describe('The message that joined it; null when it is kept no more, or was not found in a long log'),
});
export type Identity = z.infer<typeof identity>;

/** What upper rooms know of a person. */
const panels = z.object({
  segments: z.array(z.object({ id: z.string(), name: z.string(), since: time })),
  campaigns: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        status: z.string().describe('Of the campaign'),
        state: z.enum(['active', 'completed', 'exited']).describe('Of the person in it'),
        step: z
          .object({ number: z.number().int(), of: z.number().int(), type: z.string() })
          .nullable()
          .describe('Where the person is, or the last step reached; null when an edit took it away'),
        entered_at: time,
        due_at: time.nullable().describe('When the step is done, while the person is in the campaign'),
        ended_at: time.nullable(),
      }),
    )
    .describe('Campaigns the person is in, or was; the newest first'),
  emails: z.array(
    z.object({
      id: z.string(),
      campaign_name: z.string().nullable(),
      subject: z.string(),
      status: z.string(),
      time,
    }),
  ),
  consents: z
    .array(
      z.object({
        address: z.string(),
        program_id: z.string().nullable().describe('Null: all emails'),
        program: z
          .string()
          .nullable()
          .describe('Its name; null for all emails, or a program that is no more'),
        status: z
          .string()
          .describe('`subscribed`, `unsubscribed`, `pending`; of all emails why none goes there'),
        time,
        how: z.string().nullable(),
        confirmed_at: time.nullable(),
      }),
    )
    .describe("What the person's addresses said of emails, and why there may go none"),
  connections: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        record: z.string().describe('What the list calls the person'),
        listed: z.boolean().describe('False for who is known there, but not on the list'),
        as_of: time.describe('When the record was last taken over'),
      }),
    )
    .describe('Lists held elsewhere that hold the person'),
  locations: z
    .array(z.object({ name: z.string(), program: z.string().optional(), since: time }))
    .optional()
    .describe('Where the person is a customer; left out where no program has locations'),
});
export type Panels = z.infer<typeof panels>;
export type PanelName = keyof Panels;

export const person = z.object({
  id: z.string(),
  first_seen: time,
  last_seen: time,
  attributes: z.array(z.object({ name: z.string(), kind: z.enum(kinds), value: z.unknown(), time })),
  lifetime_value: z
    .number()
    .nullable()
    .describe('As it was told: the attribute lifetime_value, of a file or of a message'),
  orders: z
    .object({
      count: z.number().int(),
      revenue: z.number(),
      currencies: z.array(z.string()).describe('Of the revenue, which is not converted'),
      first: time.nullable(),
      last: time.nullable(),
    })
    .describe(
      'As Rapport counted it: unique events “Order Completed”, one for each order id where there is one',
    ),
  events: z.array(z.object({ name: z.string(), count: z.number().int(), first: time, last: time })),
  identities: z
    .array(identity)
    .describe('All ids of this person: first their own, then those joined to it, and by what'),
  ...panels.shape,
});
export type Person = z.infer<typeof person>;

/** One value, or the name repeated. */
const several = <T extends z.ZodType>(one: T) => z.union([one, z.array(one).max(200)]).optional();

const from = z.string().max(40).optional();

export const timelineQuery = z.object({
  type: several(z.enum(['track', 'page', 'screen'])).describe('Only events of this type; may be repeated'),
  name: several(z.string().max(500)).describe('Only events of this name; may be repeated'),
  from: from.describe("An instant, or a day in the workspace's time zone"),
  to: from.describe('The same; exclusive'),
  text: z.string().max(200).optional().describe('Any part of a property, or of its name'),
  before: z.string().max(500).optional().describe('A time, or next_before of the page before'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type TimelineQuery = z.infer<typeof timelineQuery>;

export const timelinePage = z.object({
  items: z.array(
    z.object({
      message_id: z.string(),
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

export const csvQuery = peopleQuery.pick({ search: true, segment: true }).extend({
  column: several(z.string().min(1).max(200)).describe(
    'An attribute; may be repeated. All that are known when none is named',
  ),
});
export type CsvQuery = z.infer<typeof csvQuery>;

/** Everything Rapport holds of one person. */
export const personExport = z.object({
  exported_at: time,
  ...person.pick({
    id: true,
    first_seen: true,
    last_seen: true,
    attributes: true,
    lifetime_value: true,
    orders: true,
    identities: true,
  }).shape,
  segments: panels.shape.segments,
  campaigns: panels.shape.campaigns,
  consents: panels.shape.consents,
  connections: panels.shape.connections,
  locations: panels.shape.locations,
  events: timelinePage.shape.items.describe('All, the newest first'),
  messages: z
    .array(
      z.object({
        received_at: time,
        sent_at: time.nullable(),
        source: z.string(),
        country: z.string(),
        user_agent: z.string(),
        ip: z.string(),
        message: z.unknown().describe('As it was received'),
      }),
    )
    .describe('Every message about the person that is kept, the oldest first'),
  emails: z
    .array(z.unknown())
    .describe('Every email of the ledger, with its content where the dev mailbox has it'),
  suppressions: z.array(z.unknown()).describe("The person's addresses that are never written to"),
});
