import type { ColumnType, Generated, Selectable } from 'kysely';
import type { Address, Sender, UpdatedBy } from './schema.ts';
import type { Stated } from './statements.ts';

type Json<T> = ColumnType<T, string, string>;

interface Told {
  id: Generated<string>;
  workspace: string;
  external_id: string | null;
  name: string;
  timezone: string | null;
  sender: Json<Sender>;
  removed: Generated<boolean>;
  stated: Json<Stated>;
  people_order: string | null;
  people_at: Date | null;
  updated_by: Json<UpdatedBy>;
  created_at: Date;
  updated_at: Date;
}

type ProgramsTable = Told;

interface LocationsTable extends Told {
  program: string;
  aliases: string[];
  address: Json<Address>;
}

interface DocumentsTable {
  workspace: string;
  fingerprint: string;
  received_at: Date;
}

interface ListsTable {
  place: string;
  workspace: string;
  program: string;
  fingerprint: string;
  at: Date;
  people: Json<string[]>;
}

export type Tables = {
  programs: ProgramsTable;
  locations: LocationsTable;
  program_documents: DocumentsTable;
  program_lists: ListsTable;
};
export type ProgramRow = Selectable<ProgramsTable>;
export type LocationRow = Selectable<LocationsTable>;
