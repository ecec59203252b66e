import { memberAnswer } from './answers.ts';
import type { MailchimpList, Member, MergeValue, Status } from './list.ts';
import { memberCannotBeRemoved, notFound, Refusal } from './problems.ts';

/** The most members one call may name. */
const mostMembers = 500;
const settable: Status[] = ['subscribed', 'unsubscribed', 'cleaned', 'pending', 'transactional'];

interface BatchMember {
  email_address: string;
  status?: Exclude<Status, 'archived'>;
  merge_fields?: Record<string, MergeValue>;
  tags?: string[];
}
interface BatchError {
  email_address: string;
  error: string;
  error_code: 'ERROR_CONTACT_EXISTS' | 'ERROR_GENERIC';
  field: string;
  field_message: string;
}

/** Whole: nothing of the call is done. */
const unfit = (field: string, message: string) =>
  new Refusal(
    400,
    'Invalid Resource',
    "The resource submitted could not be validated. For field-specific details, see the 'errors' array.",
    {},
    { errors: [{ field, message }] },
  );
const tooMany = (what: string) =>
  new Refusal(
    400,
    'Invalid Resource',
    `Maximum allowed member items exceeded, please provide at most ${mostMembers} items in ${what}`,
  );

const looksRight = (email: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email);

/** `POST /lists/{id}`: members one by one; what is wrong with one is told beside what was done with the others. */
export function batchAnswer(list: MailchimpList, body: unknown): unknown {
  const { members, update_existing = false, sync_tags = false } = body as Record<string, unknown>;
  if (!Array.isArray(members)) throw unfit('members', 'This value should not be blank.');
  if (members.length > mostMembers) throw tooMany('members field');
  for (const [n, { status }] of (members as BatchMember[]).entries()) {
    if (status !== undefined && !settable.includes(status)) {
      const message = `Data presented is not one of the accepted values: ${settable.join(', ')}.`;
      throw unfit(`members.item:${n}.status`, message);
    }
  }
  const made: Member[] = [];
  const updated: Member[] = [];
  const errors: BatchError[] = [];
  const seen = new Set<string>();
  for (const one of members as BatchMember[]) {
    const told = refusal(list, one, { exists: update_existing !== true, twice: seen });
    if (told) {
      errors.push(told);
      continue;
    }
    seen.add(one.email_address.toLowerCase());
    const { email_address: email, status, merge_fields: merge = {}, tags = [] } = one;
    const known = list.member(email);
    if (!known || known.status === 'archived') {
      // An archived one has the tags it had.
      const kept = known?.tags.map(({ name }) => name) ?? [];
      made.push(list.add({ email, status: status ?? 'subscribed', merge, tags: [...kept, ...tags] }));
      continue;
    }
    const kept = sync_tags === true ? [] : known.tags.map(({ name }) => name);
    const all = [...new Set([...kept, ...tags])];
    const edit = {
      ...(Object.keys(merge).length > 0 ? { merge } : {}),
      ...(all.length === known.tags.length ? {} : { tags: all }),
      ...(status && status !== known.status ? { status } : {}),
    };
    updated.push(Object.keys(edit).length > 0 ? list.edit(known.contact_id, edit) : known);
  }
  return {
    new_members: made.map((member) => memberAnswer(member, list)),
    updated_members: updated.map((member) => memberAnswer(member, list)),
    errors,
    total_created: made.length,
    total_updated: updated.length,
    error_count: errors.length,
    _links: [],
  };
}

function refusal(
  list: MailchimpList,
  { email_address: email, status, merge_fields: merge = {} }: BatchMember,
  { exists, twice }: { exists: boolean; twice: ReadonlySet<string> },
): BatchError | undefined {
  const error = (text: string, more: Partial<BatchError> = {}): BatchError => ({
    ...{ email_address: email, error: text, error_code: 'ERROR_GENERIC', field: '', field_message: '' },
    ...more,
  });
  if (!looksRight(email)) return error('Please provide a valid email address.');
  if (/^(fake|test)@/.test(email)) {
    return error(`${email} looks fake or invalid, please enter a real email address.`);
  }
  if (twice.has(email.toLowerCase())) return error(`Duplicate items found: ${email}`);
  for (const { tag, type } of list.mergeFields) {
    const value = merge[tag];
    if (type === 'number' && value !== undefined && value !== '' && Number.isNaN(Number(value))) {
      const more = { field: tag, field_message: 'This value should be a number' };
      return error('Your merge fields were invalid.', more);
    }
  }
  const known = list.member(email);
  if (known && known.status !== 'archived') {
    return exists
      ? error(
          `${email} is already a list member, do you want to update? please provide update_existing:true in the request body`,
          { error_code: 'ERROR_CONTACT_EXISTS' },
        )
      : undefined;
  }
  if (list.mayNotReturn(email)) {
    return error(
      `${email} was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back on the list.`,
    );
  }
  if (status === undefined) return error('Status is required for a new member.', { field: 'status' });
  return undefined;
}

/** `DELETE /lists/{id}/members/{hash}`: archived, not deleted. */
export function archive(list: MailchimpList, who: string): undefined {
  const member = list.member(who);
  if (!member) throw notFound();
  if (member.status === 'archived') throw memberCannotBeRemoved();
  list.archive(member.contact_id);
}

/** `POST /lists/{id}/members/{hash}/tags` */
export function tagMember(list: MailchimpList, who: string, body: unknown): undefined {
  const member = list.member(who);
  if (!member) throw notFound();
  const { tags } = body as { tags?: { name: string; status: string }[] };
  if (!Array.isArray(tags)) throw unfit('tags', 'This value should be of type iterable.');
  const named = (wanted: string) => tags.filter(({ status }) => status === wanted).map(({ name }) => name);
  list.retag(member.contact_id, { add: named('active'), remove: named('inactive') });
}

/** `POST /lists/{id}/segments` with `static_segment`: a tag. */
export function newTag(list: MailchimpList, body: unknown): unknown {
  const { name, static_segment: emails } = body as { name?: string; static_segment?: string[] };
  if (!name) throw unfit('name', 'This value should not be blank.');
  if (!Array.isArray(emails)) throw unfit('static_segment', 'This value should be of type array.');
  if (list.tag(name)) throw unfit('name', `Sorry, that tag already exists: ${name}`);
  const tag = list.addTag(name);
  for (const email of emails) if (list.member(email)) list.retag(email, { add: [name] });
  return tagAnswer(list, tag);
}

const tagAnswer = (list: MailchimpList, { id, name }: { id: number; name: string }) => ({
  ...{ id, name, type: 'static', list_id: list.id, _links: [] },
  member_count: taggedIn(list, name).filter(({ status }) => status === 'subscribed').length,
});

const taggedIn = (list: MailchimpList, name: string) =>
  list.members().filter(({ tags, status }) => status !== 'archived' && tags.some((tag) => tag.name === name));

const known = (list: MailchimpList, id: string) => {
  const tag = list.tag(Number(id));
  if (!tag) throw notFound();
  return tag;
};

/** `POST /lists/{id}/segments/{id}`: gives and takes a tag; addresses that are not on the list are passed over. */
export function changeTag(list: MailchimpList, id: string, body: unknown): unknown {
  const { name } = known(list, id);
  const given = body as { members_to_add?: string[]; members_to_remove?: string[] };
  const { members_to_add: add = [], members_to_remove: remove = [] } = given;
  if (add.length > mostMembers) throw tooMany('members_to_add field');
  if (remove.length > mostMembers) throw tooMany('members_to_remove field');
  const change = (emails: string[], how: 'add' | 'remove') =>
    emails.flatMap((email) => {
      const member = list.member(email);
      if (!member || member.status === 'archived') return [];
      if (!list.retag(member.contact_id, { [how]: [name] })) return [];
      return [memberAnswer(list.member(email)!, list)];
    });
  const [added, removed] = [change(add, 'add'), change(remove, 'remove')];
  return {
    ...{ members_added: added, members_removed: removed, errors: [], error_count: 0, _links: [] },
    ...{ total_added: added.length, total_removed: removed.length },
  };
}

/** `GET /lists/{id}/tag-search`: those that begin with the name. */
export function tagSearchAnswer(list: MailchimpList, query: URLSearchParams): unknown {
  const tags = list.tags(query.get('name') ?? '');
  return { tags, total_items: tags.length };
}

/** `GET /lists/{id}/segments/{id}/members`: the subscribed ones, and others where they are asked for. */
export function taggedOf(list: MailchimpList, id: string, query: URLSearchParams): Member[] {
  const { name } = known(list, id);
  const included = new Set<Status>(['subscribed']);
  for (const status of ['unsubscribed', 'cleaned', 'transactional'] as const) {
    if (query.get(`include_${status}`) === 'true') included.add(status);
  }
  return taggedIn(list, name).filter(({ status }) => included.has(status));
}
