import { hash } from 'node:crypto';
import { type Order, Ordered } from './ordered.ts';

export type Status = 'subscribed' | 'unsubscribed' | 'cleaned' | 'pending' | 'transactional' | 'archived';
export type MergeValue = string | number | Record<string, string>;

/** A member as it was at one time; never changed, but replaced. */
export interface Member {
  /** Stays when the address changes, and when the member is archived and comes back. */
  readonly contact_id: string;
  /** MD5 of the lower-cased address. */
  readonly id: string;
  readonly email_address: string;
  readonly status: Status;
  /** Only those that were given a value; the API answers all of the list's. */
  readonly merge_fields: Readonly<Record<string, MergeValue>>;
  readonly tags: readonly { id: number; name: string }[];
  /** Times are in whole seconds, as Mailchimp tells them. */
  readonly last_changed: number;
  readonly timestamp_opt: number;
  readonly web_id: number;
}

export interface NewMember {
  email: string;
  status?: Exclude<Status, 'archived'>;
  merge?: Record<string, MergeValue>;
  tags?: string[];
}

export interface Edit {
  merge?: Record<string, MergeValue>;
  /** All of them; those not named go. */
  tags?: string[];
  status?: Exclude<Status, 'archived'>;
}

/**
 * Milliseconds. A change is dated to another time than it becomes visible: later than its date says, as with a server
 * that lags behind another, or not at all (the member's own last_changed), as with changes that leave it alone.
 */
export interface Dated {
  changedAt?: number;
}

/** `member` is undefined from the moment of permanent deletion. Milliseconds. */
export interface Version {
  at: number;
  member: Member | undefined;
}

export interface MergeField {
  tag: string;
  name: string;
  type: 'text' | 'number' | 'address' | 'phone' | 'date' | 'url' | 'dropdown' | 'radio' | 'birthday' | 'zip';
}

export const md5 = (text: string) => hash('md5', text);
const hashOf = (email: string) => md5(email.toLowerCase());

const defaultMergeFields: MergeField[] = [
  { tag: 'ADDRESS', name: 'Address', type: 'address' },
  { tag: 'FNAME', name: 'First Name', type: 'text' },
  { tag: 'LNAME', name: 'Last Name', type: 'text' },
  { tag: 'PHONE', name: 'Phone Number', type: 'phone' },
];

export interface ListOptions {
  id: string;
  name: string;
  now: () => number;
  mergeFields?: MergeField[];
}

/** An audience and all that ever happened to it. Members are named by contact_id or address. */
export class MailchimpList {
  readonly id: string;
  name: string;
  readonly mergeFields: MergeField[];
  readonly dateCreated: number;
  lastSubscribed = 0;
  lastUnsubscribed = 0;
  #now: () => number;
  #members = new Map<string, Member>();
  /** Id → contact_id. */
  #addresses = new Map<string, string>();
  #history = new Map<string, Version[]>();
  #tags = new Map<string, number>();
  /** Ids of addresses that were deleted for good. */
  #gone = new Set<string>();
  #counts: Partial<Record<Status, number>> = {};
  /** Without the archived, as the API lists them; and the archived alone. */
  #listed = new Ordered();
  #archived = new Ordered();
  #serial = 0;
  #tagSerial = 0;

  constructor({ id, name, now, mergeFields = defaultMergeFields }: ListOptions) {
    this.id = id;
    this.name = name;
    this.mergeFields = [...mergeFields];
    this.dateCreated = Math.floor(now() / 1000);
    this.#now = now;
  }

  /**
   * Somebody new; who is archived comes back as the same contact. After a permanent deletion the same address is
   * another contact: Mailchimp lets such people back only by a sign-up form, and keeps nothing of them.
   */
  add({ email, status = 'subscribed', merge = {}, tags = [] }: NewMember, dated?: Dated): Member {
    const known = this.member(email);
    if (known && known.status !== 'archived') throw new Error(`${email} is a list member already`);
    if (known) return this.edit(known.contact_id, { status, merge, tags }, dated);
    const at = this.#now();
    return this.#put(this.#newMember(email, status, merge, tags, dated?.changedAt ?? at), at);
  }

  /** Many at once, dated evenly from one time to another (milliseconds; now). */
  addMany(count: number, of: (i: number) => NewMember, from = this.#now(), to = from): void {
    for (let i = 0; i < count; i++) {
      const { email, status = 'subscribed', merge = {}, tags = [] } = of(i);
      const at = from + Math.floor(((to - from) * i) / Math.max(1, count - 1));
      this.#put(this.#newMember(email, status, merge, tags, at), at);
    }
  }

  /** Merge fields not named stay. */
  edit(who: string, { merge, tags, status }: Edit, dated?: Dated): Member {
    const old = this.#known(who);
    return this.#change(
      old,
      {
        ...(merge ? { merge_fields: { ...old.merge_fields, ...merge } } : {}),
        ...(tags ? { tags: this.#tagged(tags) } : {}),
        ...(status ? { status } : {}),
      },
      dated,
    );
  }

  /** Another address: another id, the same contact. */
  changeAddress(who: string, email: string, dated?: Dated): Member {
    const old = this.#known(who);
    const id = hashOf(email);
    if (id !== old.id && this.#addresses.has(id)) throw new Error(`${email} is a list member already`);
    this.#addresses.delete(old.id);
    return this.#change(old, { email_address: email, id }, dated);
  }

  unsubscribe(who: string, dated?: Dated): Member {
    return this.edit(who, { status: 'unsubscribed' }, dated);
  }

  /** The address bounced. */
  clean(who: string, dated?: Dated): Member {
    return this.edit(who, { status: 'cleaned' }, dated);
  }

  archive(who: string, dated?: Dated): Member {
    return this.#change(this.#known(who), { status: 'archived' }, dated);
  }

  unarchive(who: string, dated?: Dated): Member {
    return this.edit(who, { status: 'subscribed' }, dated);
  }

  /** Nothing of the member stays, and no listing tells of it. */
  deletePermanently(who: string): void {
    const old = this.#known(who);
    this.#take(old);
    this.#members.delete(old.contact_id);
    this.#addresses.delete(old.id);
    this.#gone.add(old.id);
    this.#history.get(old.contact_id)?.push({ at: this.#now(), member: undefined });
  }

  /** Deleted for good: comes back by a form of the list's alone, which is what `add` stands for. */
  mayNotReturn(email: string): boolean {
    return this.#gone.has(hashOf(email)) && !this.member(email);
  }

  /** The tag of this name or id. */
  tag(which: string | number): { id: number; name: string } | undefined {
    for (const [name, id] of this.#tags) if (name === which || id === which) return { id, name };
    return undefined;
  }

  /** All tags that begin so. */
  tags(beginning = ''): { id: number; name: string }[] {
    const begins = ([name]: [string, number]) => name.toLowerCase().startsWith(beginning.toLowerCase());
    return [...this.#tags].filter(begins).map(([name, id]) => ({ id, name }));
  }

  /** Makes a tag, whoever has it. */
  addTag(name: string): { id: number; name: string } {
    return this.#tagged([name])[0]!;
  }

  /** Nobody has it any more, and its id is no more. */
  deleteTag(name: string): void {
    for (const { contact_id, tags } of this.members()) {
      const others = tags.filter((tag) => tag.name !== name).map((tag) => tag.name);
      if (others.length < tags.length) this.edit(contact_id, { tags: others });
    }
    this.#tags.delete(name);
  }

  /** Gives tags and takes tags; who has them already, or not, does not change. @returns whether it did */
  retag(who: string, { add = [], remove = [] }: { add?: string[]; remove?: string[] }): boolean {
    const before = this.#known(who).tags.map(({ name }) => name);
    const after = [...new Set([...before, ...add])].filter((name) => !remove.includes(name));
    if (after.length === before.length && after.every((name) => before.includes(name))) return false;
    this.edit(who, { tags: after });
    return true;
  }

  addMergeField(field: MergeField): void {
    this.mergeFields.push(field);
  }

  /** By contact_id, id or address. */
  member(who: string): Member | undefined {
    const contact = this.#addresses.get(who) ?? this.#addresses.get(hashOf(who)) ?? who;
    return this.#members.get(contact);
  }

  /** All there are, the archived too, in the order they came. */
  members(): Member[] {
    return [...this.#members.values()];
  }

  /** How many of a status; without one, of all that are not archived. */
  count(status?: Status): number {
    return status ? (this.#counts[status] ?? 0) : this.#listed.size;
  }

  /** What the API lists: the archived alone, or all others, or everybody. */
  ordered(which: 'listed' | 'archived' | 'all'): Order {
    if (which !== 'all') return which === 'listed' ? this.#listed.order() : this.#archived.order();
    return Ordered.of([...this.#listed.order(), ...this.#archived.order()]);
  }

  versionsOf(contact: string): readonly Version[] {
    return this.#history.get(contact) ?? [];
  }

  /** Who was on the list at an instant (milliseconds), the archived too, and how: contact_id → member. */
  stateAt(time: number): Map<string, Member> {
    const state = new Map<string, Member>();
    for (const [contact, versions] of this.#history) {
      const member = versions.findLast(({ at }) => at <= time)?.member;
      if (member) state.set(contact, member);
    }
    return state;
  }

  #known(who: string): Member {
    const member = this.member(who);
    if (!member) throw new Error(`${who} is not on the list`);
    return member;
  }

  #newMember(
    email: string,
    status: Status,
    merge: Record<string, MergeValue>,
    tags: string[],
    at: number,
  ): Member {
    const serial = ++this.#serial;
    const second = Math.floor(at / 1000);
    return {
      contact_id: md5(`${this.id}:${serial}`),
      id: hashOf(email),
      email_address: email,
      status,
      merge_fields: { ...merge },
      tags: this.#tagged(tags),
      last_changed: second,
      timestamp_opt: second,
      web_id: serial,
    };
  }

  #tagged(names: string[]): Member['tags'] {
    return [...new Set(names)].map((name) => {
      const id = this.#tags.get(name) ?? ++this.#tagSerial;
      this.#tags.set(name, id);
      return { id, name };
    });
  }

  #change(old: Member, change: Partial<Member>, dated?: Dated): Member {
    const at = this.#now();
    this.#take(old);
    return this.#put({ ...old, ...change, last_changed: Math.floor((dated?.changedAt ?? at) / 1000) }, at);
  }

  #put(member: Member, at: number): Member {
    this.#members.set(member.contact_id, member);
    this.#addresses.set(member.id, member.contact_id);
    this.#counts[member.status] = this.count(member.status) + 1;
    (member.status === 'archived' ? this.#archived : this.#listed).add(member);
    if (member.status === 'subscribed') this.lastSubscribed = member.last_changed;
    if (member.status === 'unsubscribed') this.lastUnsubscribed = member.last_changed;
    const versions = this.#history.get(member.contact_id);
    if (versions) versions.push({ at, member });
    else this.#history.set(member.contact_id, [{ at, member }]);
    return member;
  }

  #take(member: Member): void {
    this.#counts[member.status] = this.count(member.status) - 1;
    (member.status === 'archived' ? this.#archived : this.#listed).remove(member);
  }
}
