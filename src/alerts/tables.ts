import type { ColumnType, Generated, Selectable } from 'kysely';
import type { Leaving } from './evaluate.ts';
import type { ChannelKind } from './schema.ts';
import type { Content } from './words.ts';

export interface ChannelsTable {
  id: Generated<string>;
  workspace: string;
  name: string;
  kind: ChannelKind;
  target: string;
  sealed: string | null;
  paused: Generated<boolean>;
  arrived_at: Date | null;
  last_error: string | null;
  created_at: Date;
}

export interface IncidentsTable {
  id: string;
  workspace: string;
  watch: string;
  key: string;
  kind: string;
  cause: string;
  needs_person: boolean;
  summary: string;
  message: string | null;
  hint: string | null;
  opened_at: Date;
  told_at: Date;
  well_since: Date | null;
  closed_at: Date | null;
}

export interface MembersTable {
  incident: string;
  subject: string;
  name: string;
  path: string;
  scope: string;
  joined_at: Date;
  told: boolean;
  left_at: Date | null;
  left_how: Leaving | null;
}

export interface MessagesTable {
  id: Generated<string>;
  incident: string;
  channel: string;
  content: ColumnType<Content, string, string>;
  status: Generated<'waiting' | 'arrived' | 'given_up'>;
  attempts: Generated<number>;
  next_attempt_at: Date;
  last_error: string | null;
  created_at: Date;
}

export type AlertTables = {
  alert_channels: ChannelsTable;
  alert_incidents: IncidentsTable;
  alert_members: MembersTable;
  alert_messages: MessagesTable;
  alert_watches: { watch: string; looked_at: Date; excused_until: Date | null };
  alert_excused: { watch: string; subject: string; until: Date | null };
};
export type ChannelRow = Selectable<ChannelsTable>;
