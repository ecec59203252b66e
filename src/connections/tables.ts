import type { ColumnType, Generated, Selectable } from 'kysely';
import type { TroubleCode } from './errors.ts';
import type { Mapping } from './map.ts';
import type { SinkSettings } from './schema.ts';

type Json<T> = ColumnType<T, string, string>;

/** Why it is not going well, in words for a person. */
export interface KnownTrouble {
  code: TroubleCode;
  message: string;
  hint: string | null;
  /** ISO 8601. */
  since: string;
}

export interface ConnectionsTable {
  id: Generated<string>;
  workspace: string;
  name: string;
  kind: string;
  settings: Json<Record<string, unknown>>;
  credentials: string | null;
  account: string;
  mapping: Json<Mapping>;
  sinks: Json<SinkSettings[]>;
  sink_credentials: string | null;
  every_seconds: number | null;
  cron: string | null;
  paused: Generated<boolean>;
  removal_limit: Generated<number>;
  in_sync_as_of: Date | null;
  synced_at: Date | null;
  listing: Generated<number>;
  cursor: Json<unknown> | null;
  last_full_at: Date | null;
  trouble: Json<KnownTrouble> | null;
  failures: Generated<number>;
  next_run_at: Date;
  wanted: Generated<'incremental' | 'full'>;
  removals_confirmed: Generated<boolean>;
  asks: Generated<number>;
  worker: string | null;
  leased_until: Date | null;
  fence: Generated<number>;
  usual_ms: Generated<number>;
  counted: number | null;
  created_at: Date;
  updated_at: Date;
}

export interface RunsTable {
  id: Generated<string>;
  connection: string;
  kind: 'probe' | 'incremental' | 'full';
  status: 'running' | 'done' | 'failed' | 'cancelled';
  as_of: Date | null;
  started_at: Date;
  finished_at: Date | null;
  calls: Generated<number>;
  bytes: Generated<number>;
  seen: Generated<number>;
  changed: Generated<number>;
  removed: Generated<number>;
  refused: Generated<number>;
  expected: number | null;
  error: Json<KnownTrouble> | null;
}

export interface DeadLettersTable {
  id: Generated<string>;
  connection: string;
  sink: string;
  record: string;
  operation: 'upsert' | 'remove';
  content: Json<Record<string, unknown>>;
  reason: string;
  attempts: Generated<number>;
  first_at: Date;
  last_at: Date;
}

export type Tables = {
  connections: ConnectionsTable;
  connection_runs: RunsTable;
  connection_dead_letters: DeadLettersTable;
};
export type ConnectionRow = Selectable<ConnectionsTable>;
export type RunRow = Selectable<RunsTable>;
