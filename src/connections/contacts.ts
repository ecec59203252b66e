import { hash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Postgres } from '../engine/index.ts';
import { fencedBy, type Lease } from './records.ts';

/** How Mailchimp names the contact of an address. */
export const contactOf = (address: string): string => hash('md5', address.toLowerCase());

/** What is kept of the address of who was erased, until they are taken off: the name of the contact. */
export const isContact = (text: string): boolean => /^[0-9a-f]{32}$/.test(text);

/** What was left of the record of somebody erased. */
export const erasedContact = 'erased-contact:';

/** The state of a contact that had been pushed and is not there, or not tagged, any more. */
export const lost = 'lost';

export interface Contact {
  contact: string;
  /** As Mailchimp said last. */
  state: string;
  /** Added by this connection. */
  ours: boolean;
}

export interface Contacts {
  of(contacts: readonly string[]): Promise<Map<string, Contact>>;
  note(contacts: readonly Contact[]): Promise<void>;
  /** They are to be pushed again; whether this connection had added them stays known. */
  lose(contacts: readonly string[]): Promise<void>;
  forget(contacts: readonly string[]): Promise<void>;
  /** How many are subscribed and tagged. */
  active(): Promise<number>;
  /** Of these, the ones that records on the list still hold, other than those named. */
  held(contacts: readonly string[], except: readonly string[]): Promise<Set<string>>;
  /** Of these, the ones that other connections push to the same audience. */
  heldElsewhere(contacts: readonly string[]): Promise<Set<string>>;
  /** Begins a reading of everybody with the tag: its number. */
  beginReading(): Promise<number>;
  /**
   * Notes what a reading saw, of those that are known.
   * @returns who is not known, and of those left alone the ones that are subscribed by now
   */
  saw(
    reading: number,
    given: readonly Pick<Contact, 'contact' | 'state'>[],
  ): Promise<{ unknown: string[]; back: string[] }>;
  /** Those that were subscribed and the reading did not see. */
  unseen(reading: number): Promise<string[]>;
  /** Those that are subscribed, and that no record holds. */
  strays(limit: number): Promise<string[]>;
  /** Addresses of those that are left alone, in the order of their contacts. */
  leftAlone(after: string, limit: number): Promise<string[]>;
  /** The records that hold these contacts. */
  recordsOf(contacts: readonly string[]): Promise<string[]>;
}

/** The contacts of one connection; every write is refused when another worker has it. */
export function contactsOf({ db: given }: Pick<Postgres, 'db'>, lease: Lease): Contacts {
  // biome-ignore lint/suspicious/noExplicitAny: raw statements; Kysely's types of tables do not matter to them.
  const db = given as Kysely<any>;
  const { connection } = lease;
  const within = fencedBy(db, lease);
  /** Nothing to write is not written. */
  const fenced = async (which: readonly unknown[], work: (trx: typeof db) => Promise<void>) => {
    if (which.length > 0) await within(work);
  };
  const column = <T>(rows: readonly { value: T }[]) => rows.map(({ value }) => value);

  return {
    async of(contacts) {
      if (contacts.length === 0) return new Map();
      const { rows } = await sql<Contact>`
        SELECT contact, state, ours FROM audience_contacts
        WHERE connection = ${connection} AND contact = ANY(${contacts}::text[])`.execute(db);
      return new Map(rows.map((row) => [row.contact, row]));
    },

    note: (contacts) =>
      fenced(contacts, async (trx) => {
        await sql`
          INSERT INTO audience_contacts AS c (connection, contact, state, ours)
          SELECT ${connection}::uuid, contact, state, ours
          FROM jsonb_to_recordset(${JSON.stringify(contacts)}::jsonb) AS given (contact text, state text, ours boolean)
          ON CONFLICT (connection, contact) DO UPDATE SET state = excluded.state, ours = excluded.ours`.execute(
          trx,
        );
      }),

    lose: (contacts) =>
      fenced(contacts, async (trx) => {
        await sql`
          UPDATE audience_contacts SET state = ${lost}
          WHERE connection = ${connection} AND contact = ANY(${contacts}::text[])`.execute(trx);
      }),

    forget: (contacts) =>
      fenced(contacts, async (trx) => {
        await sql`
          DELETE FROM audience_contacts
          WHERE connection = ${connection} AND contact = ANY(${contacts}::text[])`.execute(trx);
      }),

    async active() {
      const { rows } = await sql<{ count: number }>`
        SELECT count(*) AS count FROM audience_contacts
        WHERE connection = ${connection} AND state = 'subscribed'`.execute(db);
      return rows[0]?.count ?? 0;
    },

    async held(contacts, except) {
      if (contacts.length === 0) return new Set();
      const { rows } = await sql<{ value: string }>`
        SELECT DISTINCT md5(profile) AS value FROM connection_records
        WHERE connection = ${connection} AND profile IS NOT NULL AND md5(profile) = ANY(${contacts}::text[])
          AND listed AND record <> ALL(${except}::text[])`.execute(db);
      return new Set(column(rows));
    },

    async heldElsewhere(contacts) {
      const { rows } = await sql<{ value: string }>`
        SELECT DISTINCT md5(r.profile) AS value FROM connection_records AS r
        JOIN connections AS other ON other.id = r.connection
        JOIN connections AS this ON this.id = ${connection}
        WHERE r.profile IS NOT NULL AND md5(r.profile) = ANY(${contacts}::text[]) AND r.listed
          AND other.id <> this.id AND other.workspace = this.workspace AND other.kind = this.kind
          AND other.account = this.account AND other.sinks #> '{0,list}' = this.sinks #> '{0,list}'`.execute(
        db,
      );
      return new Set(column(rows));
    },

    async beginReading() {
      const { rows } = await sql<{ value: number }>`
        SELECT coalesce(max(seen), 0) + 1 AS value FROM audience_contacts WHERE connection = ${connection}`.execute(
        db,
      );
      return rows[0]?.value ?? 1;
    },

    saw: (reading, seen) =>
      within(async (trx) => {
        const contacts = seen.map(({ contact }) => contact);
        const states = seen.map(({ state }) => state);
        const { rows } = await sql<{ contact: string; before: string | null; state: string }>`
          SELECT given.contact, c.state AS before, given.state
          FROM unnest(${contacts}::text[], ${states}::text[]) AS given (contact, state)
          LEFT JOIN audience_contacts AS c ON c.connection = ${connection} AND c.contact = given.contact`.execute(
          trx,
        );
        await sql`
          UPDATE audience_contacts AS c SET state = given.state, seen = ${reading}::bigint
          FROM unnest(${contacts}::text[], ${states}::text[]) AS given (contact, state)
          WHERE c.connection = ${connection} AND c.contact = given.contact`.execute(trx);
        const named = (rows: readonly { contact: string }[]) => rows.map(({ contact }) => contact);
        return {
          unknown: named(rows.filter(({ before }) => before === null)),
          back: named(
            rows.filter(
              ({ before, state }) =>
                before !== null && before !== 'subscribed' && before !== lost && state === 'subscribed',
            ),
          ),
        };
      }),

    async unseen(reading) {
      const { rows } = await sql<{ value: string }>`
        SELECT contact AS value FROM audience_contacts
        WHERE connection = ${connection} AND state = 'subscribed' AND seen < ${reading}`.execute(db);
      return column(rows);
    },

    async strays(limit) {
      const { rows } = await sql<{ value: string }>`
        SELECT contact AS value FROM audience_contacts AS c
        WHERE connection = ${connection} AND state = 'subscribed' AND NOT EXISTS (
          SELECT FROM connection_records AS r
          WHERE r.connection = c.connection AND r.profile IS NOT NULL AND md5(r.profile) = c.contact)
          AND NOT EXISTS (
          SELECT FROM connection_records AS r
          WHERE r.connection = c.connection AND r.hash = '' AND c.contact = ANY(
            SELECT md5(one) FROM unnest(r.former) AS one))
        ORDER BY contact LIMIT ${limit}`.execute(db);
      return column(rows);
    },

    async leftAlone(after, limit) {
      const { rows } = await sql<{ value: string }>`
        SELECT DISTINCT ON (c.contact) r.profile AS value FROM audience_contacts AS c
        JOIN connection_records AS r ON r.connection = c.connection AND r.profile IS NOT NULL AND md5(r.profile) = c.contact
        WHERE c.connection = ${connection} AND c.state NOT IN ('subscribed', ${lost}) AND r.listed AND c.contact > ${after}
        ORDER BY c.contact LIMIT ${limit}`.execute(db);
      return column(rows);
    },

    async recordsOf(contacts) {
      if (contacts.length === 0) return [];
      const { rows } = await sql<{ value: string }>`
        SELECT record AS value FROM connection_records
        WHERE connection = ${connection} AND profile IS NOT NULL AND md5(profile) = ANY(${contacts}::text[])`.execute(
        db,
      );
      return column(rows);
    },
  };
}
