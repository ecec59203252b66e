import { z } from 'zod';
import { timezone } from '../access/index.ts';

/** Of a workspace, of a program, of a location; and in an answer. */
export const limits = { programs: 200, locations: 2_000, aliases: 100, spellings: 100 } as const;

const time = z.string().describe('ISO 8601, UTC');

/** One line of text as PostgreSQL can hold it; a line break in a sender's name would begin another header. */
const line = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    .refine((text) => !/[\0-\x1f\x7f]/.test(text) && text.isWellFormed(), 'must be one line of plain text');

export const name = line(200);
export const externalId = line(256);
const email = z.email('is not an email address').max(254);

const orNull = <T extends z.ZodType>(of: T) => of.nullable().default(null);

export const sender = z.object({
  name: orNull(line(100)).describe('Shown as who writes'),
  address: orNull(email).describe('The From address'),
  reply_to: orNull(email).describe('Where answers go'),
});
export type Sender = z.infer<typeof sender>;
export const noSender: Sender = { name: null, address: null, reply_to: null };

export const address = z.object({
  street: orNull(line(200)),
  city: orNull(line(100)),
  region: orNull(line(100)),
  postal_code: orNull(line(20)),
  country: orNull(line(100)),
});
export type Address = z.infer<typeof address>;
export const noAddress: Address = {
  street: null,
  city: null,
  region: null,
  postal_code: null,
  country: null,
};

export const aliases = z
  .array(name)
  .max(limits.aliases)
  .transform((all) => [...new Set(all)])
  .describe('Other spellings, as files write the location; capitals do not count');

export const zone = timezone;

const updatedBy = z
  .object({ kind: z.enum(['person', 'api_key', 'instance', 'document']), id: z.string(), name: z.string() })
  .describe('Who changed it last, named as they were then; of a document its id and source');
export type UpdatedBy = z.infer<typeof updatedBy>;

const told = {
  id: z.string(),
  external_id: z.string().nullable().describe('What documents and files call it'),
  name: z.string(),
  created_at: time,
  updated_at: time,
  updated_by: updatedBy,
};

export const location = z
  .object({
    ...told,
    aliases: z.array(z.string()),
    timezone: z.string().nullable().describe("IANA name; null: the program's"),
    sender: sender.describe("Who emails come from; what is null is the program's"),
    address,
  })
  .meta({ id: 'Location' });
export type Location = z.infer<typeof location>;

const programFields = {
  ...told,
  timezone: z.string().nullable().describe("IANA name; null: the workspace's"),
  sender: sender.describe('Who emails come from; what is null is as the sending account has it'),
};

export const programSummary = z.object({
  ...programFields,
  locations: z.number().int().describe('How many it has'),
});
export type ProgramSummary = z.infer<typeof programSummary>;

export const program = z
  .object({
    ...programFields,
    locations: z.array(location).describe('By name'),
    taking_people: z
      .boolean()
      .describe('The people of its newest document are still being written into the log'),
  })
  .meta({ id: 'Program' });
export type Program = z.infer<typeof program>;

export const programOption = z.object({
  id: z.string(),
  name: z.string(),
  locations: z.array(z.object({ id: z.string(), name: z.string() })),
});
export type ProgramOption = z.infer<typeof programOption>;

export const spellingView = z.object({
  spelling: z.string(),
  people: z.number().int().describe('How many have it so, capitals not counting'),
});
export type Spelling = z.infer<typeof spellingView>;

const own = {
  external_id: externalId.nullable().optional().describe('Documents with it are about this one'),
  timezone: zone.nullable().optional(),
  sender: sender.optional(),
};
const ofLocation = { ...own, aliases: aliases.optional(), address: address.optional() };

export const newProgram = z.object({ name, ...own });
export type NewProgram = z.infer<typeof newProgram>;
export const programChange = z.object({ name: name.optional(), ...own });
export type ProgramChange = z.infer<typeof programChange>;
export const newLocation = z.object({ name, ...ofLocation });
export type NewLocation = z.infer<typeof newLocation>;
export const locationChange = z.object({ name: name.optional(), ...ofLocation });
export type LocationChange = z.infer<typeof locationChange>;

export const locationFigures = z.object({
  id: z.string(),
  name: z.string(),
  people: z.number().int().describe('Who belongs to it; somebody may belong to several'),
  lifetime_value: z.number().describe('The attribute lifetime_value of them all'),
  orders: z.number().int().describe('Orders of the last 30 days'),
  revenue: z.number().describe('Of these orders'),
});
export type LocationFigures = z.infer<typeof locationFigures>;

export const programReport = z.object({
  as_of: z.string(),
  days: z.number().int(),
  items: z.array(locationFigures),
});
export type ProgramReport = z.infer<typeof programReport>;
