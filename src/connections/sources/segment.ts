import { z } from 'zod';
import { Problem } from '../../engine/index.ts';
import { Trouble } from '../errors.ts';
import { mailchimpConcurrency, mailchimpKey } from '../mailchimp.ts';
import type { Source, SourceContext, SourceField, SourceRecord } from '../source.ts';

const settingsSchema = z.object({
  segment: z.uuid().meta({ title: 'Segment' }).describe('Whose people are pushed'),
  program_tags: z
    .boolean()
    .default(false)
    .meta({ title: 'Tags of programs' })
    .describe('Everybody is tagged with the names of the programs they belong to as well'),
});
const credentialsSchema = z.object({ key: mailchimpKey });
type Settings = z.infer<typeof settingsSchema>;
type Context = SourceContext<Settings, z.infer<typeof credentialsSchema>>;

/** What names what was pushed last. */
interface Cursor {
  /** The computation of the segment. */
  version: number;
  /** What was received before is in what was read. */
  since: string;
  suppressions: string;
}

/** People in one statement. */
const pageSize = 5_000;
/** Other processes may hold back for so long what they received. */
const overlapMs = 120_000;
/** More who left at once are looked at together, since so many may be an accident: as a reading of everybody does. */
const mostLeaving = 100;
const leavingAll = 5;

/** Fields every record has beside the attributes that are mapped. */
export const ownFields = ['email', 'programs', 'suppressed', 'without_address'] as const;
/** Between names of programs, which have none. */
export const separator = '\n';

/** What a source asks of the people here; the cursor is of before it was asked. */
async function standing({ settings, people }: Context) {
  const suppressions = await people.suppressionsAsOf();
  try {
    return { ...(await people.segment(settings.segment)), suppressions };
  } catch (error) {
    if (!(error instanceof Problem && error.status === 404)) throw error;
    throw new Trouble('gone', 'The segment is no more.', { hint: 'Remove the connection.' });
  }
}

/** Members of whom something else may be known since then. */
async function edited({ settings, fields, people }: Context, since: string): Promise<string[]> {
  const names = fields.filter((name) => name === 'email' || !(ownFields as readonly string[]).includes(name));
  const ids = await people.changedSince(names, new Date(Date.parse(since) - overlapMs));
  return ids.length === 0 ? [] : [...(await people.whichAreMembers(settings.segment, ids))];
}

/** People as records: who may not be written to has no address. */
async function recordsOf(context: Context, ids: readonly string[], programs: Programs) {
  const { people, fields } = context;
  const names = [...new Set(['email', ...fields])];
  const [values, places] = await Promise.all([
    people.attributesOf(ids, names),
    people.placesOf(ids, [...programs.keys()]),
  ]);
  const addresses = ids.flatMap((id) => addressOf(values.get(id)?.email) ?? []);
  const suppressed = await people.suppressedAmong(addresses);
  return ids.map((id): SourceRecord => {
    const { email: given, ...attributes } = values.get(id) ?? {};
    const email = addressOf(given);
    const mayNot = email !== undefined && suppressed.has(email.toLowerCase());
    const belongs = (places.get(id) ?? []).flatMap((place) => programs.get(place) ?? []);
    return {
      id,
      fields: {
        ...attributes,
        programs: [...new Set(belongs)].sort().join(separator),
        ...(email === undefined ? { without_address: true } : mayNot ? { suppressed: true } : { email }),
      },
    };
  });
}

const addressOf = (value: unknown) => {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
};

/** Place → names of programs. */
type Programs = ReadonlyMap<string, string[]>;

async function programsOf({ settings, people }: Context): Promise<Programs> {
  const found = new Map<string, string[]>();
  if (!settings.program_tags) return found;
  for (const { program, places } of await people.placesByProgram()) {
    for (const place of places) found.set(place, [...(found.get(place) ?? []), program]);
  }
  return found;
}

async function* pages(context: Context, batches: AsyncIterable<string[]> | string[][]) {
  const programs = await programsOf(context);
  for await (const batch of batches) {
    for (let at = 0; at < batch.length; at += pageSize) {
      yield await recordsOf(context, batch.slice(at, at + pageSize), programs);
    }
  }
}

/**
 * The people of a segment here, each a record under the id of the person, also those who cannot be pushed: so there are as
 * many records as the segment has members. Who may not be written to has no address, which takes them off.
 */
export const segment: Source<Settings, z.infer<typeof credentialsSchema>, Cursor> = {
  kind: 'segment',
  label: 'Push a segment to Mailchimp',
  settings: settingsSchema,
  credentials: credentialsSchema,
  where: 'in the segment',
  concurrency: mailchimpConcurrency,
  // Pulling and pushing share what Mailchimp allows an account.
  accountOf: (_, { key }) => key,
  accountKind: 'mailchimp',
  identity: 'email',
  ofTheList: [],

  async test(context) {
    const { name, members } = await standing(context);
    return { name, count: members };
  },

  async fieldsOf({ people }) {
    const known = await people.attributes();
    return known
      .filter(({ name }) => !(ownFields as readonly string[]).includes(name))
      .map(({ name, values }): SourceField => {
        return {
          field: name,
          label: name,
          samples: values.slice(0, 5),
          suggestion: suggestions[name] ?? null,
        };
      });
  },

  async probe(context, { version, since, suppressions }) {
    const at = context.now();
    const now = await standing(context);
    const same = now.version === version && now.suppressions === suppressions;
    const unchanged = now.version === version && now.members === 0 ? true : same;
    return { unchanged: unchanged && (await edited(context, since)).length === 0, count: now.members, at };
  },

  async *changes(context, cursor) {
    const at = context.now();
    const { version, members, suppressions } = await standing(context);
    const { settings, people } = context;
    const left = new Set<string>();
    const touched = new Set(await edited(context, cursor.since));
    for await (const batch of people.changesSince(settings.segment, cursor.version, version)) {
      for (const { profile, change } of batch) {
        left.delete(profile);
        touched.delete(profile);
        (change === 'left' ? left : touched).add(profile);
      }
    }
    // Beyond that they are left out, so that the counts disagree and everybody is read.
    if (left.size <= (members === 0 ? leavingAll : mostLeaving)) {
      yield [...left].map((id): SourceRecord => ({ id, listed: false, fields: {} }));
    }
    const everybodyAgain = suppressions !== cursor.suppressions;
    context.expect?.(everybodyAgain ? members : touched.size);
    yield* pages(context, everybodyAgain ? people.membersOf(settings.segment) : [[...touched]]);
    return { at, cursor: { version, since: at.toISOString(), suppressions } };
  },

  async countAt(context) {
    return (await standing(context)).members;
  },

  async *all(context) {
    const at = context.now();
    const { version, members, suppressions } = await standing(context);
    context.expect?.(members);
    yield* pages(context, context.people.membersOf(context.settings.segment));
    return { at, cursor: { version, since: at.toISOString(), suppressions }, count: members };
  },
};

/** The merge fields a new audience has. */
const suggestions: Record<string, string> = { first_name: 'FNAME', last_name: 'LNAME', phone: 'PHONE' };
