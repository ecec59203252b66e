import { contactOf } from './contacts.ts';
import { Trouble } from './errors.ts';
import type { Answer, Http } from './http.ts';
import { askMailchimp, listPath, mailchimpCall } from './mailchimp.ts';

/** The most members one call may name. */
export const mostAtOnce = 500;
const largestPage = 1_000;
/** Statuses that say that a batch cannot be taken: something in it is wrong. */
const unfit = [400, 413, 422];

export interface AudienceMember {
  email_address: string;
  merge_fields?: Record<string, string | number | boolean>;
  tags?: string[];
}

/** A contact as Mailchimp tells of it. */
export interface Told {
  contact: string;
  state: string;
  tags: string[];
}

export interface Batch {
  added: Told[];
  updated: Told[];
  /** Addresses of those that are on the list already. */
  known: string[];
  /** Addresses, in lower case. */
  refused: Map<string, string>;
}

interface Member {
  id: string;
  email_address: string;
  status: string;
  tags?: { name: string }[];
}
interface BatchAnswer {
  new_members: Member[];
  updated_members: Member[];
  errors: {
    email_address: string;
    error: string;
    error_code?: string;
    field?: string;
    field_message?: string;
  }[];
}

const toldOf = ({ email_address, status, tags = [] }: Member): Told => ({
  contact: contactOf(email_address),
  state: status,
  tags: tags.map(({ name }) => name),
});

const noBatch = (): Batch => ({ added: [], updated: [], known: [], refused: new Map() });

/** One audience of Mailchimp, as it is written to. */
export type AudienceApi = ReturnType<typeof audienceApi>;

/** Ids of tags, by audience and name: asked for once by a process. */
export type TagIds = Map<string, number>;

export interface AudienceOptions {
  list: string;
  tagIds: TagIds;
  /** Tests read smaller pages. */
  pageSize?: number;
}

export function audienceApi(
  http: Http,
  key: string,
  { list, tagIds, pageSize = largestPage }: AudienceOptions,
) {
  const path = listPath(list);
  const kept = (name: string) => JSON.stringify([list, name]);

  /** Halves a batch that is not taken as a whole, until the member at fault is alone. */
  async function post(members: readonly AudienceMember[], update: boolean, status?: string): Promise<Batch> {
    if (members.length === 0) return noBatch();
    const given = members.map((member) => (status ? { ...member, status } : member));
    const { url, call } = mailchimpCall(key, path, {
      send: { members: given, update_existing: update },
      expect: unfit,
    });
    const answer = await http.json<Partial<BatchAnswer>>(url, call);
    if (answer.status >= 300) {
      if (members.length === 1) {
        return {
          ...noBatch(),
          refused: new Map([[members[0]!.email_address.toLowerCase(), saidBy(answer)]]),
        };
      }
      const middle = members.length >> 1;
      const halves = [
        await post(members.slice(0, middle), update, status),
        await post(members.slice(middle), update, status),
      ] as const;
      return {
        added: halves.flatMap(({ added }) => added),
        updated: halves.flatMap(({ updated }) => updated),
        known: halves.flatMap(({ known }) => known),
        refused: new Map(halves.flatMap(({ refused }) => [...refused])),
      };
    }
    const { new_members: added, updated_members: updated, errors } = answer.value;
    if (!added || !updated || !errors) {
      throw new Trouble('unreadable', 'Mailchimp answered without saying what became of the members.');
    }
    const exist = errors.filter(({ error_code }) => error_code === 'ERROR_CONTACT_EXISTS');
    const others = errors.filter((one) => !exist.includes(one));
    return {
      added: added.map(toldOf),
      updated: updated.map(toldOf),
      known: exist.map(({ email_address }) => email_address),
      refused: new Map(
        others.map(({ email_address, error, field, field_message }) => [
          email_address.toLowerCase(),
          field ? `${error} ${field}: ${field_message}`.trim() : error,
        ]),
      ),
    };
  }

  async function find(name: string): Promise<number | undefined> {
    const { value } = await askMailchimp<{ tags: { id: number; name: string }[] }>(
      http,
      key,
      `${path}/tag-search`,
      { query: { name } },
    );
    return value.tags.find((tag) => tag.name === name)?.id;
  }

  async function make(name: string): Promise<number | undefined> {
    const { url, call } = mailchimpCall(key, `${path}/segments`, {
      send: { name, static_segment: [] },
      expect: [400],
    });
    const answer = await http.json<{ id: number }>(url, call);
    if (answer.status < 300) return answer.value.id;
    // Made already, by a call whose answer was lost.
    const made = await find(name);
    if (made !== undefined) return made;
    throw new Trouble('failing', `Mailchimp does not make the tag “${name}”: it ${saidBy(answer)}.`, {
      hint: 'Should it stay so, make another connection with another tag.',
    });
  }

  /** The id of a tag; made when there is none, unless that is not wanted. */
  async function tagId(name: string, made = true): Promise<number | undefined> {
    const id = tagIds.get(kept(name)) ?? (await find(name)) ?? (made ? await make(name) : undefined);
    if (id !== undefined) tagIds.set(kept(name), id);
    return id;
  }

  async function taggedPage(
    tag: string,
    query: Record<string, string>,
  ): Promise<{ members: Member[]; total_items: number }> {
    const ask = async () => {
      const { url, call } = mailchimpCall(key, `${path}/segments/${await tagId(tag)}/members`, {
        query: { fields: 'total_items,members.id,members.email_address,members.status', ...query },
        expect: [404],
      });
      return http.json<{ members: Member[]; total_items: number }>(url, call);
    };
    let answer = await ask();
    if (answer.status === 404) {
      // Somebody deleted the tag: it is made again.
      tagIds.delete(kept(tag));
      answer = await ask();
    }
    const { members, total_items } = answer.value;
    if (answer.status >= 300 || !Array.isArray(members) || !Number.isInteger(total_items)) {
      throw new Trouble('unreadable', 'Mailchimp answered without members or their number.');
    }
    return { members, total_items };
  }

  return {
    /** Adds who is not on the list; whoever is, is told and stays as they are. */
    add: (members: readonly AudienceMember[]) => post(members, false, 'subscribed'),

    /** Changes what is given, of those on the list; never whether they are subscribed. */
    update: (members: readonly AudienceMember[]) => post(members, true),

    /** What is known there of those that are on the list: a change that says nothing new. */
    look: (addresses: readonly string[]) =>
      post(
        addresses.map((email_address) => ({ email_address })),
        true,
      ),

    /** One contact, by its name; undefined when it is not there. */
    async lookAt(contact: string): Promise<Told | undefined> {
      const { url, call } = mailchimpCall(key, `${path}/members/${contact}`, {
        query: { fields: 'id,email_address,status,tags' },
        expect: [404],
      });
      const answer = await http.json<Member>(url, call);
      return answer.status < 300 ? { ...toldOf(answer.value), contact } : undefined;
    },

    /** How many subscribed contacts have the tag. */
    countTagged: async (tag: string) => (await taggedPage(tag, { count: '1' })).total_items,

    /** Everybody who has the tag, whatever their status; some may be given twice or slip through while it changes. */
    async *tagged(tag: string): AsyncGenerator<{ contact: string; state: string; address: string }[]> {
      const everybody = {
        include_unsubscribed: 'true',
        include_cleaned: 'true',
        include_transactional: 'true',
      };
      for (let offset = 0; ; offset += pageSize) {
        const asked = { ...everybody, count: String(pageSize), offset: String(offset) };
        const { members, total_items } = await taggedPage(tag, asked);
        yield members.map(({ email_address, status }) => ({
          ...{ contact: contactOf(email_address), state: status, address: email_address },
        }));
        if (members.length === 0 || offset + members.length >= total_items) return;
      }
    },

    /** Takes a tag off addresses; who does not have it is passed over. */
    async untag(tag: string, addresses: readonly string[]): Promise<void> {
      const id = await tagId(tag, false);
      if (id === undefined) return;
      for (let at = 0; at < addresses.length; at += mostAtOnce) {
        const { url, call } = mailchimpCall(key, `${path}/segments/${id}`, {
          send: { members_to_add: [], members_to_remove: addresses.slice(at, at + mostAtOnce) },
          expect: [404],
        });
        const { status } = await http.json(url, call);
        if (status === 404) tagIds.delete(kept(tag));
      }
    },

    /** The same by the name of a contact, of whom the address is not known any more. */
    async untagContact(tag: string, contact: string): Promise<void> {
      const { url, call } = mailchimpCall(key, `${path}/members/${contact}/tags`, {
        send: { tags: [{ name: tag, status: 'inactive' }] },
        expect: [404],
      });
      await http.call(url, call);
    },

    /** Archives a contact. @returns why it is refused; undefined when it is archived, or not there any more */
    async archive(contact: string): Promise<string | undefined> {
      const { url, call } = mailchimpCall(key, `${path}/members/${contact}`, {
        method: 'DELETE',
        expect: [400, 404, 405],
      });
      const answer = await http.call(url, call);
      return answer.status === 400 ? saidBy(answer) : undefined;
    },
  };
}

/** What is wrong, in Mailchimp's words. */
function saidBy({ status, body }: Answer): string {
  try {
    const { detail, errors = [] } = JSON.parse(body.toString()) as {
      detail?: string;
      errors?: { field: string; message: string }[];
    };
    const more = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
    return `was refused with ${status}: ${[more || detail].filter(Boolean).join(' ')}`.slice(0, 300);
  } catch {
    return `was refused with ${status}`;
  }
}
