import { only, treeOf, without } from './fields.ts';
import { type MailchimpList, type Member, md5, type Status } from './list.ts';
import { firstAfter, type Order } from './ordered.ts';
import { invalid, Refusal } from './problems.ts';

export interface Habits {
  /** Listings without a status give the archived too (see server.ts). */
  archivedListed: boolean;
  /** Members changed in one second come in another order with every call. */
  shuffledTies: boolean;
  chance: () => number;
}

const statuses: Status[] = ['subscribed', 'unsubscribed', 'cleaned', 'pending', 'transactional', 'archived'];
const time = (seconds: number) =>
  seconds === 0 ? '' : new Date(seconds * 1000).toISOString().replace('.000Z', '+00:00');

/** The properties a member is answered with, each worked out only when it is asked for. */
const memberFields: Record<string, (member: Member, list: MailchimpList) => unknown> = {
  id: ({ id }) => id,
  email_address: ({ email_address }) => email_address,
  unique_email_id: ({ id }) => id.slice(0, 10),
  contact_id: ({ contact_id }) => contact_id,
  full_name: ({ merge_fields: { FNAME = '', LNAME = '' } }) => `${FNAME} ${LNAME}`.trim(),
  web_id: ({ web_id }) => web_id,
  email_type: () => 'html',
  status: ({ status }) => status,
  unsubscribe_reason: ({ status }) => (status === 'unsubscribed' ? 'None given' : undefined),
  consents_to_one_to_one_messaging: () => true,
  sms_phone_number: () => '',
  sms_subscription_status: () => '',
  sms_subscription_last_updated: () => '',
  merge_fields: ({ merge_fields }, { mergeFields }) => {
    const all: Record<string, unknown> = {};
    for (const { tag } of mergeFields) all[tag] = merge_fields[tag] ?? '';
    return all;
  },
  interests: () => ({}),
  stats: () => ({ avg_open_rate: 0, avg_click_rate: 0 }),
  ip_signup: () => '',
  timestamp_signup: () => '',
  ip_opt: () => '198.51.100.7',
  timestamp_opt: ({ timestamp_opt }) => time(timestamp_opt),
  member_rating: () => 2,
  last_changed: ({ last_changed }) => time(last_changed),
  language: () => '',
  vip: () => false,
  email_client: () => '',
  location: () => ({
    latitude: 0,
    longitude: 0,
    gmtoff: 0,
    dstoff: 0,
    country_code: '',
    timezone: '',
    region: '',
  }),
  source: () => 'API - Generic',
  tags_count: ({ tags }) => tags.length,
  // The rest of them has an address of its own.
  tags: ({ tags }) => tags.slice(0, 50),
  list_id: (_, { id }) => id,
  _links: ({ id }, list) => [{ rel: 'self', href: `/3.0/lists/${list.id}/members/${id}`, method: 'GET' }],
};
const memberNames = Object.entries(memberFields);

/** A member as it is answered; `wanted`: only these properties. */
export function memberAnswer(
  member: Member,
  list: MailchimpList,
  wanted?: ReadonlyMap<string, unknown>,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [name, of] of memberNames) {
    if (wanted && !wanted.has(name)) continue;
    const value = of(member, list);
    if (value !== undefined) row[name] = value;
  }
  return row;
}

/** `GET /lists/{id}/members/{hash}` */
export const oneMemberAnswer = (list: MailchimpList, member: Member, query: URLSearchParams) =>
  shaped(memberAnswer(member, list), query);

/** `GET /lists/{id}/members`; @param of these of them, instead of those the query means */
export function membersAnswer(
  list: MailchimpList,
  query: URLSearchParams,
  habits: Habits,
  of?: Order,
): unknown {
  const wanted = treeOf(query.get('fields') ?? '');
  const ofMembers = wanted.get('members');
  if (ofMembers instanceof Map) {
    for (const name of ofMembers.keys()) if (!memberFields[name]) throw fieldsInvalid();
  }
  const { members, total } = page(of ?? chosen(list, query, habits), query, habits);
  const rows = members.map((member) =>
    memberAnswer(member, list, ofMembers instanceof Map ? ofMembers : undefined),
  );
  return shaped({ members: rows, list_id: list.id, total_items: total, _links: [] }, query);
}

/** Those the query means, oldest change first. */
function chosen(list: MailchimpList, query: URLSearchParams, { archivedListed }: Habits): Order {
  const status = query.get('status');
  if (status !== null && !statuses.includes(status as Status))
    throw invalid('status', 'Value not found in enum');
  const all = list.ordered(status === 'archived' ? 'archived' : archivedListed && !status ? 'all' : 'listed');
  const since = instant(query, 'since_last_changed');
  const until = instant(query, 'before_last_changed');
  // After the one, and up to the other: so Mailchimp was seen to understand them.
  const from = since === undefined ? 0 : firstAfter(all, since);
  const to = until === undefined ? all.length : firstAfter(all, until);
  const between = from === 0 && to === all.length ? all : all.slice(from, to);
  return status && status !== 'archived' ? between.filter((member) => member.status === status) : between;
}

/** In the order asked for; without one, in the order they came. */
function page(members: Order, query: URLSearchParams, { shuffledTies, chance }: Habits) {
  const field = query.get('sort_field');
  const direction = query.get('sort_dir') ?? 'ASC';
  if (field !== null && !['last_changed', 'timestamp_opt', 'timestamp_signup'].includes(field)) {
    throw invalid('sort_field', 'Value not found in enum');
  }
  if (!['ASC', 'DESC'].includes(direction)) throw invalid('sort_dir', 'Value not found in enum');
  let ordered = members;
  if (shuffledTies && field === 'last_changed') {
    const keys = new Map(members.map((member) => [member, chance()]));
    ordered = members.toSorted(
      (a, b) => a.last_changed - b.last_changed || (keys.get(a) ?? 0) - (keys.get(b) ?? 0),
    );
  } else if (field !== 'last_changed') ordered = members.toSorted((a, b) => a.web_id - b.web_id);
  const { count, offset } = bounds(query);
  const total = ordered.length;
  if (field === null || direction === 'ASC') return { members: ordered.slice(offset, offset + count), total };
  return {
    members: ordered.slice(Math.max(0, total - offset - count), Math.max(0, total - offset)).reverse(),
    total,
  };
}

/** More than 1,000 is not refused (that was seen), and gives 1,000. */
function bounds(query: URLSearchParams): { count: number; offset: number } {
  const whole = (name: string, otherwise: number) => {
    const text = query.get(name);
    if (text === null) return otherwise;
    if (!/^\d+$/.test(text)) throw invalid(name, 'Schema describes integer, string found instead');
    return Number(text);
  };
  return { count: Math.min(1000, whole('count', 10)), offset: whole('offset', 0) };
}

/** Seconds. Whole seconds with a zone; anything else is refused. */
function instant(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const read = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(read)) throw invalid(name, 'Invalid date format');
  return read / 1000;
}

/** `GET /lists/{id}/merge-fields` */
export function mergeFieldsAnswer({ id, mergeFields }: MailchimpList, query: URLSearchParams): unknown {
  const { count, offset } = bounds(query);
  const merge_fields = mergeFields.slice(offset, offset + count).map(({ tag, name, type }, i) => ({
    merge_id: offset + i + 1,
    tag,
    name,
    type,
    required: false,
    default_value: '',
    public: true,
    display_order: offset + i + 1,
    options: type === 'text' ? { size: 25 } : {},
    help_text: '',
    list_id: id,
  }));
  return shaped({ merge_fields, list_id: id, total_items: mergeFields.length, _links: [] }, query);
}

/** `GET /lists/{id}` */
export const listAnswer = (list: MailchimpList, query: URLSearchParams) =>
  shaped(described(list, query), query);

/** `GET /lists` */
export function listsAnswer(lists: MailchimpList[], query: URLSearchParams): unknown {
  const { count, offset } = bounds(query);
  const some = lists.slice(offset, offset + count).map((list) => described(list, query));
  return shaped({ lists: some, total_items: lists.length, _links: [] }, query);
}

function described(list: MailchimpList, query: URLSearchParams): Record<string, unknown> {
  const members = list.count('subscribed');
  const total = members + list.count('unsubscribed') + list.count('transactional');
  return {
    id: list.id,
    web_id: Number.parseInt(md5(list.id).slice(0, 6), 16),
    name: list.name,
    permission_reminder: 'You signed up on our site.',
    date_created: time(list.dateCreated),
    list_rating: 0,
    email_type_option: false,
    double_optin: false,
    marketing_permissions: false,
    visibility: 'prv',
    stats: {
      member_count: members,
      ...(query.get('include_total_contacts') === 'true' ? { total_contacts: total } : {}),
      unsubscribe_count: list.count('unsubscribed'),
      cleaned_count: list.count('cleaned'),
      campaign_count: 0,
      campaign_last_sent: '',
      merge_field_count: list.mergeFields.length,
      last_sub_date: time(list.lastSubscribed),
      last_unsub_date: time(list.lastUnsubscribed),
    },
    _links: [],
  };
}

/** `fields`, then `exclude_fields`. */
function shaped(answer: Record<string, unknown>, query: URLSearchParams): unknown {
  const [fields, excluded] = [query.get('fields'), query.get('exclude_fields')];
  const wanted = fields ? treeOf(fields) : undefined;
  for (const name of wanted?.keys() ?? []) if (!Object.hasOwn(answer, name)) throw fieldsInvalid();
  const some = wanted ? only(answer, wanted) : answer;
  return excluded ? without(some, treeOf(excluded)) : some;
}

const fieldsInvalid = () =>
  new Refusal(422, 'Requested Fields Invalid', 'The fields requested from this resource are invalid.');
