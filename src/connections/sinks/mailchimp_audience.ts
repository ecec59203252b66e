import { z } from 'zod';
import { type AudienceApi, type AudienceMember, mostAtOnce, type Told } from '../audience.ts';
import { type Contact, type Contacts, contactOf, isContact, lost } from '../contacts.ts';
import { mailchimpList } from '../mailchimp.ts';
import { batches, type Change, type Held, type Refused, type Removal, type Sink } from '../sink.ts';
import { ownFields, separator } from '../sources/segment.ts';

export const audienceSettings = z.object({
  list: mailchimpList,
  tag: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .describe('Everybody pushed has it, and nobody else: who has it by hand loses it'),
  leaving: z
    .enum(['archive', 'tag'])
    .default('archive')
    .describe('Who leaves: archived if this connection added them, or only the tag is taken away'),
});
export type AudienceSettings = z.infer<typeof audienceSettings>;

export interface AudienceSinkOptions {
  api: AudienceApi;
  contacts: Contacts;
  settings: AudienceSettings;
  /** All names of programs people may be tagged with; undefined when they are not. */
  programs: () => Promise<ReadonlySet<string> | undefined>;
}

const aboutOf = ({ profile, former }: Held) => [...former, ...(profile === null ? [] : [profile])];
const subscribed = 'subscribed';

/**
 * An audience of Mailchimp that a segment is pushed to. Who is on it and not subscribed has said so, or their address bounced: they
 * are known as such and left alone. A status is sent for nobody but who is new there.
 */
export function mailchimpAudienceSink({ api, contacts, settings, programs }: AudienceSinkOptions): Sink {
  const { tag, leaving } = settings;

  function memberOf({ record, before }: Change): AudienceMember {
    const fields: Record<string, string | number | boolean> = {};
    for (const [name, value] of Object.entries(record.attributes)) {
      if ((ownFields as readonly string[]).includes(name)) continue;
      // What there is no value for is emptied only where this connection had given one.
      if (value !== null) fields[name] = value;
      else if (before?.attributes.includes(name)) fields[name] = '';
    }
    return {
      email_address: String(record.attributes.email ?? record.profile),
      ...(Object.keys(fields).length > 0 ? { merge_fields: fields } : {}),
      tags: [tag, ...tagsOf(record.attributes.programs)],
    };
  }

  /** Those that were told to be on the list: the subscribed ones are ours to write to, the others are noted as they are. */
  const noted = (told: readonly Told[], ours: (one: Told) => boolean): Contact[] =>
    told.map((one) => ({ contact: one.contact, state: one.state, ours: ours(one) }));

  async function push(changes: readonly Change[]): Promise<Refused[]> {
    // Two people of one address are one contact; of them the last is pushed.
    const byContact = new Map(changes.map((change) => [contactOf(change.record.profile!), change]));
    const known = await contacts.of([...byContact.keys()]);
    const members = (which: readonly string[]) => which.map((contact) => memberOf(byContact.get(contact)!));
    const refused = new Map<string, string>();
    const refuse = (given: ReadonlyMap<string, string>) => {
      for (const [address, reason] of given) refused.set(contactOf(address), reason);
    };

    const update = async (which: readonly string[]) => {
      const answer = await api.update(members(which));
      const before = await contacts.of(answer.updated.map(({ contact }) => contact));
      await contacts.note(noted(answer.updated, ({ contact }) => before.get(contact)?.ours ?? false));
      await untagStale(answer.updated, byContact);
      return answer.refused;
    };
    const add = async (which: readonly string[]) => {
      const answer = await api.add(members(which));
      await contacts.note(noted(answer.added, () => true));
      refuse(answer.refused);
      if (answer.known.length === 0) return;
      // Who has our tag already was added by a call whose answer was lost.
      const looked = await api.look(answer.known);
      const ours = ({ contact, state, tags }: Told) =>
        known.get(contact)?.ours ?? (state === subscribed && tags.includes(tag));
      await contacts.note(noted(looked.updated, ours));
      refuse(looked.refused);
      refuse(await update(active(looked.updated)));
    };

    const there = [...known.values()].filter(({ state }) => state === subscribed);
    const refusedThere = await update(there.map(({ contact }) => contact));
    // Archived or deleted there meanwhile; or they are refused as new ones too, with a reason.
    const missing = [...refusedThere.keys()].map(contactOf);
    await contacts.lose(missing);
    const fresh = [...byContact.keys()].filter((contact) => (known.get(contact)?.state ?? lost) === lost);
    await add([...fresh, ...missing]);
    return refusals(refused, new Map([...byContact].map(([contact, { record }]) => [contact, record.id])));
  }

  /** Tags of programs that people do not belong to any more. */
  async function untagStale(told: readonly Told[], changes: ReadonlyMap<string, Change>): Promise<void> {
    const all = await programs();
    if (!all) return;
    const stale = new Map<string, string[]>();
    for (const { contact, tags } of told) {
      const { record } = changes.get(contact) ?? {};
      if (!record) continue;
      const wanted = new Set([tag, ...tagsOf(record.attributes.programs)]);
      for (const name of tags) {
        if (all.has(name) && !wanted.has(name))
          stale.set(name, [...(stale.get(name) ?? []), record.profile!]);
      }
    }
    for (const [name, addresses] of stale) await api.untag(name, addresses);
  }

  /** @param given addresses, or names of contacts of those whose address is not known any more */
  async function takeOff(given: readonly string[]): Promise<Map<string, string>> {
    const refused = new Map<string, string>();
    for (const batch of batches(given, mostAtOnce)) {
      const addresses = batch.filter((one) => !isContact(one));
      const nameless = batch.filter(isContact);
      const all = [...addresses.map(contactOf), ...nameless];
      await api.untag(tag, addresses);
      for (const contact of nameless) await api.untagContact(tag, contact);
      const known = await contacts.of(all);
      const ours = [...known.values()].filter((one) => one.ours).map(({ contact }) => contact);
      if (leaving === 'archive' && ours.length > 0) {
        // As they are now: an unsubscribed contact that is archived is not known to be unsubscribed any more.
        const looked = await api.look(addresses.filter((address) => ours.includes(contactOf(address))));
        const told = [...looked.updated];
        for (const contact of nameless.filter((one) => ours.includes(one))) {
          const one = await api.lookAt(contact);
          if (one) told.push(one);
        }
        await contacts.note(noted(told, ({ contact }) => known.get(contact)?.ours ?? false));
        const elsewhere = await contacts.heldElsewhere(ours);
        for (const contact of active(told).filter((one) => !elsewhere.has(one))) {
          const reason = await api.archive(contact);
          if (reason) refused.set(contact, reason);
        }
      }
      const now = await contacts.of(all);
      // Who is left alone stays known, so that nobody subscribes them again; not so who was erased.
      const gone = all.filter((contact) => now.get(contact)?.state === subscribed && !refused.has(contact));
      await contacts.forget([...gone, ...nameless]);
    }
    return refused;
  }

  return {
    name: 'mailchimp_audience',
    batchSize: mostAtOnce,

    async upsert(changes) {
      const left = new Map<string, string>();
      for (const { record, before } of changes) {
        if (!before?.listed) continue;
        const stays = record.listed ? record.profile : null;
        for (const address of aboutOf(before)) if (address !== stays) left.set(address, record.id);
      }
      // Somebody else of the segment may have the address.
      const held = await contacts.held([...left.keys()].map(contactOf), []);
      const off = [...left.keys()].filter((address) => !held.has(contactOf(address)));
      const refused = await takeOff(off);
      const whose = new Map([...left].map(([address, id]) => [contactOf(address), id]));
      const pushed = changes.filter(({ record }) => record.listed && record.profile !== null);
      return [...refusals(refused, whose), ...(await push(pushed))];
    },

    async remove(removals: readonly Removal[]) {
      const gone = removals.filter(({ before }) => before.listed);
      const whose = new Map<string, string>();
      for (const { id, before } of gone) for (const one of aboutOf(before)) whose.set(nameOf(one), id);
      const stay = await contacts.held(
        [...whose.keys()],
        removals.map(({ id }) => id),
      );
      const off = gone.flatMap(({ before }) => aboutOf(before)).filter((one) => !stay.has(nameOf(one)));
      return refusals(await takeOff([...new Set(off)]), whose);
    },

    /**
     * Counted, and where the numbers differ read: who unsubscribed there is left alone from now on; who lost the tag, was
     * archived or deleted there is given again; who has the tag and is nobody of the segment loses it.
     */
    async lost(thorough) {
      if (!thorough && (await api.countTagged(tag)) === (await contacts.active())) return [];
      const again: string[] = [];
      const strangers: string[] = [];
      const reading = await contacts.beginReading();
      for await (const page of api.tagged(tag)) {
        const { unknown, back } = await contacts.saw(reading, page);
        again.push(...back);
        // Who is about to be known as ours may be tagged already: the run was killed in between.
        const held = await contacts.held(unknown, []);
        const strange = page.filter(({ contact }) => unknown.includes(contact) && !held.has(contact));
        strangers.push(...strange.map(({ address }) => address));
      }
      await api.untag(tag, strangers);
      const gone = await contacts.unseen(reading);
      await contacts.lose(gone);
      again.push(...gone);
      if (thorough) {
        again.push(...(await backAmong()));
        await takeOff(await contacts.strays(mostAtOnce));
      }
      return contacts.recordsOf(again);
    },
  };

  /**
   * Of those left alone, who is subscribed there by now. Of the others it does not matter whether they are there: they stay left
   * alone for as long as nobody has seen them subscribed.
   */
  async function backAmong(): Promise<string[]> {
    const back: string[] = [];
    for (let after = ''; ; ) {
      const addresses = await contacts.leftAlone(after, mostAtOnce);
      if (addresses.length === 0) return back;
      after = contactOf(addresses.at(-1)!);
      const { updated } = await api.look(addresses);
      const known = await contacts.of(addresses.map(contactOf));
      await contacts.note(noted(updated, ({ contact }) => known.get(contact)?.ours ?? false));
      back.push(...active(updated));
    }
  }
}

/** @param whose contact → the record it is about */
const refusals = (reasons: ReadonlyMap<string, string>, whose: ReadonlyMap<string, string>): Refused[] =>
  [...reasons].flatMap(([contact, reason]) => {
    const id = whose.get(contact);
    return id === undefined ? [] : [{ id, reason }];
  });

const nameOf = (one: string) => (isContact(one) ? one : contactOf(one));
const active = (told: readonly Told[]) =>
  told.filter(({ state }) => state === subscribed).map(({ contact }) => contact);
const tagsOf = (programs: unknown): string[] =>
  typeof programs === 'string' && programs !== '' ? programs.split(separator) : [];
