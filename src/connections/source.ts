import type { z } from 'zod';
import type { Http } from './http.ts';
import type { People } from './people.ts';

/** One person on a list held elsewhere, as a source reads it. */
export interface SourceRecord {
  /** The identity that never changes (Mailchimp: contact_id). At most 256 characters. */
  id: string;
  /** The source's clock; undefined when it does not say. */
  changedAt?: Date | undefined;
  /** False: known, but not on the list (archived), and not in its count. */
  listed?: boolean;
  /** Field → value, before the mapping. */
  fields: Record<string, unknown>;
}

/** What one small call tells of a list. */
export interface Probe {
  /** Nothing can have changed since the cursor; whether records went away, `count` tells. */
  unchanged: boolean;
  /** How many records a full listing would give; undefined when the source does not say. */
  count?: number | undefined;
  /** An instant of the source's clock before it looked. */
  at: Date;
}

/** The end of a pull. */
export interface Pulled<Cursor = unknown> {
  /** Everything the source held at this instant (its clock), the pull gave. */
  at: Date;
  /** What the next incremental pull begins with. */
  cursor: Cursor;
  /** How many records there were at its end; undefined when the source does not say. */
  count?: number | undefined;
}

/** Pages of records; may give a record more than once, newest last. */
export type Pages<Cursor = unknown> = AsyncGenerator<SourceRecord[], Pulled<Cursor>>;

/** A field that can be mapped, with values of some records. */
export interface SourceField {
  field: string;
  label: string;
  samples: string[];
  /** The attribute it would be mapped to. */
  suggestion: string | null;
}

export interface SourceContext<Settings = unknown, Credentials = unknown> {
  settings: Settings;
  credentials: Credentials;
  /** Only these fields travel. */
  fields: readonly string[];
  /** Counts calls and bytes, retries, explains. */
  http: Http;
  /** The people of the workspace, for sources that are here and not elsewhere. */
  people: People;
  /** Our clock. */
  now: () => Date;
  /** Told how many records a pull is going to give, once its source knows; for showing how far it is. */
  expect?: (records: number) => void;
}

/**
 * A kind of list held by a third party. Stateless: all it knows comes in with the call. Throws `Trouble`
 * (errors.ts), which say whether trying again can help. Adding one: a file here, and a line in sources/index.ts.
 */
// biome-ignore lint/suspicious/noExplicitAny: a list of sources holds sources of different kinds.
export interface Source<Settings = any, Credentials = any, Cursor = any> {
  kind: string;
  label: string;
  settings: z.ZodType<Settings>;
  credentials: z.ZodType<Credentials>;
  /** Simultaneous runs for one account; each run makes one call at a time. */
  concurrency: number;
  /** What the provider counts calls by: the key, not the list. Only its hash is kept. */
  accountOf(settings: Settings, credentials: Credentials): string;
  /** Where its records are, in words; on the list, unless it says otherwise. */
  where?: string;
  /** The kind whose accounts are counted together with these; its own unless given. */
  accountKind?: string;
  /** The field by which people are known, unless the mapping says otherwise. */
  identity: string;
  /** Fields that mean something only while somebody is on the list: a status, tags. */
  ofTheList: readonly string[];
  /** Checks that the list can be read, and says what it is called and how many are on it. */
  test(context: SourceContext<Settings, Credentials>): Promise<{ name: string; count: number | null }>;
  fieldsOf(context: SourceContext<Settings, Credentials>): Promise<SourceField[]>;
  /** One small call. */
  probe(context: SourceContext<Settings, Credentials>, cursor: Cursor): Promise<Probe>;
  /**
   * What changed since the cursor, unchanged records too where that is safer (overlap). Undefined where there is no
   * such thing: every change then is a full listing.
   */
  changes?(context: SourceContext<Settings, Credentials>, cursor: Cursor): Pages<Cursor>;
  /**
   * How many on the list were not changed after this instant (its clock, whole seconds): a number that only falls.
   */
  countAt?(context: SourceContext<Settings, Credentials>, at: Date): Promise<number>;
  /**
   * Who left the list since the cursor but is still known there; asked where counts disagree, before everybody is read.
   */
  unlisted?(context: SourceContext<Settings, Credentials>, cursor: Cursor | undefined): Pages<Cursor>;
  /** Everybody, each at least once although the list changes meanwhile. */
  all(context: SourceContext<Settings, Credentials>): Pages<Cursor>;
}
