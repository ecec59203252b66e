/** A record as it is applied: mapped. */
export interface MappedRecord {
  /** Of the source; never changes. */
  id: string;
  /** Who it is about: the profile's id. Null when the record does not say (an empty address). */
  profile: string | null;
  /** Attribute → value; null where the record has none. */
  attributes: Record<string, Value>;
  /** Names this content: the same record with the same content has the same hash. 32 hexadecimal digits. */
  hash: string;
  /** False: known, but not on the list. */
  listed: boolean;
  changedAt?: Date | undefined;
}

export type Value = string | number | boolean | null;

/** What was applied of a record before. */
export interface Held {
  profile: string | null;
  /** Others who may still have it: who it was about before, when a run was killed at changing that. */
  former: readonly string[];
  listed: boolean;
  /** The attributes that had a value. */
  attributes: readonly string[];
  /** The time it was applied with. */
  appliedAt: Date;
}

/** A record that is new or different. */
export interface Change {
  record: MappedRecord;
  before: Held | undefined;
  /** Its own time, or later than any this record was applied with. */
  time: Date;
}

/** A record that is no more. */
export interface Removal {
  id: string;
  before: Held;
  time: Date;
}

export interface Refused {
  id: string;
  reason: string;
}

/**
 * Where records go. Both calls may be repeated with the same records, after a kill or a lost answer, and change nothing
 * the second time. They resolve when the sink holds them for good; what it refuses for good is returned, and becomes a
 * dead letter; anything else is thrown (`Trouble`), and tried again.
 */
export interface Sink {
  /** Distinguishes the sinks of one connection: profiles, data_api. */
  name: string;
  batchSize: number;
  upsert(changes: readonly Change[]): Promise<Refused[]>;
  remove(removals: readonly Removal[]): Promise<Refused[]>;
  /**
   * Records it lost: what others did there since it was given them. Where it can count what it holds in one small call, that
   * is all it asks while the counts agree, unless `thorough`.
   */
  lost?(thorough: boolean): Promise<string[]>;
  /** Ids of those of the given records it does not hold as they were applied, where it can say. */
  missing?(sample: readonly { id: string; before: Held }[]): Promise<string[]>;
}

export function* batches<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
