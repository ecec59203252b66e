import { z } from 'zod';
import { Trouble } from '../errors.ts';
import {
  askMailchimp,
  listPath,
  mailchimpConcurrency,
  mailchimpKey,
  mailchimpList,
  mergeFieldsOf,
} from '../mailchimp.ts';
import type { Pages, Source, SourceContext, SourceField, SourceRecord } from '../source.ts';

const settingsSchema = z.object({ list: mailchimpList });
const credentialsSchema = z.object({ key: mailchimpKey });
type Settings = z.infer<typeof settingsSchema>;
type Credentials = z.infer<typeof credentialsSchema>;
type Context = SourceContext<Settings, Credentials>;
interface Cursor {
  /** An instant of Mailchimp's clock before the last pull. */
  since: string;
}

interface Member {
  contact_id: string;
  last_changed: string;
  [field: string]: unknown;
}
interface Members {
  members: Member[];
  total_items: number;
}

/** The most one call gives. */
const largestPage = 1_000;
/** Changes are told by the second, and a server of theirs may be a little behind another. */
const usualOverlapMs = 60_000;
/** The first step back when the list moved between two pages. */
const stepBack = 10;
/** Ways back in one pull: a list that moves more is read again by the next run. */
const mostStepsBack = 100;
/** Times it is read on while each gives somebody new; one that gives nobody new is tried once more. */
const mostPasses = 40;
const mostBarren = 2;

const ask = <T>({ http, credentials }: Context, path: string, query: Record<string, string> = {}) =>
  askMailchimp<T>(http, credentials.key, path, { query });

const membersPath = (list: string) => `${listPath(list)}/members`;

/** An answer with nobody in it is asked for twice: nothing else tells an empty list from an answer gone wrong. */
async function members(context: Context, query: Record<string, string>) {
  const first = await membersOnce(context, query);
  return first.total > 0 || query.status ? first : membersOnce(context, query);
}

async function membersOnce(context: Context, query: Record<string, string>) {
  const answer = await ask<Members>(context, membersPath(context.settings.list), query);
  const { members, total_items } = answer.value;
  if (!Array.isArray(members) || !Number.isInteger(total_items) || members.some((m) => !m.contact_id)) {
    throw new Trouble('unreadable', 'Mailchimp answered without members or their number.');
  }
  return { members, total: total_items, at: answer.at };
}

interface Reading {
  pageSize: number;
  since?: Date;
  status?: 'archived';
}

const byTheSecond = (at: Date) => at.toISOString().replace(/\.\d+Z$/, '+00:00');

const moves = () =>
  new Trouble('counts_disagree', 'The list moves faster than it can be read.', {
    hint: 'It is read again by the next run.',
  });

/**
 * Members in the order of their last change, oldest first, so that who changes while it is read moves to the end and is
 * read again. What that leaves behind moves up: the next page begins with the last member of the page before, and where
 * it begins later than that one, somebody may have slipped through, and the reading steps back. Members of one second
 * come in no promised order, perhaps in another with each call, so in the end as many must have been read as there are; else it
 * is read again for as long as that gives somebody new: of 2,500 changed in one second by a bulk edit, shuffled with each
 * call, a reading misses a fifth of those that are still missing.
 */
async function* read(context: Context, { pageSize, since, status }: Reading): Pages<Cursor> {
  const wanted = ['contact_id', 'last_changed', ...context.fields].map((field) => `members.${field}`);
  const query = {
    count: String(pageSize),
    sort_field: 'last_changed',
    sort_dir: 'ASC',
    fields: ['total_items', ...new Set(wanted)].join(','),
    ...(since ? { since_last_changed: byTheSecond(since) } : {}),
    ...(status ? { status } : {}),
  };
  const read = new Set<string>();
  let began: Date | undefined;
  let stepsBack = 0;
  for (let [pass, barren] = [0, 0]; pass < mostPasses && barren < mostBarren; pass++) {
    const known = read.size;
    let [offset, step, last] = [0, stepBack, ''];
    for (;;) {
      const page = await members(context, { ...query, offset: String(offset) });
      if (!began) context.expect?.(page.total);
      began ??= page.at;
      const [first] = page.members;
      if (offset > 0 && (!first || first.last_changed > last)) {
        if (++stepsBack > mostStepsBack) throw moves();
        offset = Math.max(0, offset - step);
        step *= 4;
        continue;
      }
      step = stepBack;
      for (const { contact_id } of page.members) read.add(contact_id);
      yield page.members.map((member) => recordOf(member, status !== 'archived'));
      last = page.members.at(-1)?.last_changed ?? '';
      if (offset + page.members.length >= page.total) {
        const end = { at: began, cursor: { since: began.toISOString() }, count: page.total };
        if (status || read.size >= page.total) return end;
        break;
      }
      offset += Math.max(1, page.members.length - 1);
    }
    barren = read.size > known ? 0 : barren + 1;
  }
  throw moves();
}

function recordOf({ contact_id, last_changed, ...fields }: Member, listed = true): SourceRecord {
  const changedAt = new Date(last_changed);
  return {
    id: contact_id,
    listed,
    fields: flat(fields),
    ...(Number.isNaN(changedAt.getTime()) ? {} : { changedAt }),
  };
}

/** merge_fields.ADDRESS.city and the like; tags by their names. */
function flat(value: object, path = '', into: Record<string, unknown> = {}): Record<string, unknown> {
  for (const [key, inner] of Object.entries(value)) {
    const name = path + key;
    if (name === 'tags' && Array.isArray(inner)) {
      const names = inner.map((tag: { name?: unknown }) => String(tag.name));
      into[name] = names.sort().join(', ');
    } else if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) {
      flat(inner, `${name}.`, into);
    } else into[name] = inner;
  }
  return into;
}

const suggestions: Record<string, string> = {
  email_address: 'email',
  'merge_fields.FNAME': 'first_name',
  'merge_fields.LNAME': 'last_name',
  'merge_fields.PHONE': 'phone',
};

/** @param options smaller pages and other overlaps are for tests */
export const createMailchimp = ({
  pageSize = largestPage,
  overlapMs = usualOverlapMs,
} = {}): Source<Settings, Credentials, Cursor> => {
  // `since_last_changed` leaves its own second out.
  const before = (since: string) => new Date(Date.parse(since) - overlapMs - 1_000);
  return {
    kind: 'mailchimp',
    label: 'Mailchimp audience',
    settings: settingsSchema,
    credentials: credentialsSchema,
    concurrency: mailchimpConcurrency,
    accountOf: (_, { key }) => key,
    identity: 'email_address',
    ofTheList: ['status', 'tags'],

    async test(context) {
      const fields = 'name,stats.member_count,stats.unsubscribe_count,stats.cleaned_count';
      const { value } = await ask<{ name: string }>(context, listPath(context.settings.list), { fields });
      const { total } = await members(context, { count: '1', fields: 'total_items,members.contact_id' });
      return { name: value.name, count: total };
    },

    async fieldsOf(context) {
      const [merge, sample] = [
        await mergeFieldsOf(context.http, context.credentials.key, context.settings.list),
        await members(context, {
          count: '10',
          fields:
            'total_items,members.contact_id,members.last_changed,members.email_address,members.status,members.tags,members.merge_fields',
        }),
      ];
      const labels = new Map([
        ['email_address', 'Email address'],
        ['status', 'Status'],
        ['tags', 'Tags'],
        ...merge.map(({ tag, name }) => [`merge_fields.${tag}`, name] as [string, string]),
      ]);
      const records = sample.members.map((member) => recordOf(member));
      const found = new Set([...labels.keys(), ...records.flatMap(({ fields }) => Object.keys(fields))]);
      return [...found].map(
        (field): SourceField => ({
          field,
          label: labels.get(field) ?? field,
          samples: records
            .map(({ fields }) => String(fields[field] ?? ''))
            .filter((text) => text !== '')
            .slice(0, 5),
          suggestion: suggestions[field] ?? null,
        }),
      );
    },

    /**
     * The newest change and the number of members, in one call. The statistics of a list would be smaller still, but do
     * not move when a merge field or a tag is edited: the connection would fall out of sync with nobody noticing.
     */
    async probe(context, { since }) {
      const {
        members: newest,
        total,
        at,
      } = await members(context, {
        count: '1',
        sort_field: 'last_changed',
        sort_dir: 'DESC',
        fields: 'total_items,members.contact_id,members.last_changed',
      });
      const changed = Date.parse(newest[0]?.last_changed ?? '');
      const unchanged = newest.length === 0 || changed < Date.parse(since) - overlapMs;
      return { unchanged, count: total, at };
    },

    async *changes(context, { since }) {
      const from = before(since);
      const { at, cursor } = yield* read(context, { pageSize, since: from });
      return { at, cursor };
    },

    async countAt(context, at) {
      const { total } = await members(context, {
        count: '1',
        before_last_changed: byTheSecond(at),
        fields: 'total_items,members.contact_id',
      });
      return total;
    },

    /** Archived members are in no listing but their own. */
    async *unlisted(context, cursor) {
      const since = cursor && before(cursor.since);
      return yield* read(context, {
        pageSize,
        status: 'archived',
        ...(since ? { since } : {}),
      });
    },

    async *all(context) {
      const { at, cursor } = yield* read(context, { pageSize });
      return { at, cursor };
    },
  };
};

export const mailchimp = createMailchimp();
