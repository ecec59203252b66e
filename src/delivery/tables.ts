import type { Generated, JSONColumnType } from 'kysely';
import type { AccountKind } from './kinds.ts';
import type { ConsentStatus, ConsentWay, EmailStatus, HappeningKind, Header } from './schema.ts';

export interface AccountsTable {
  id: Generated<string>;
  workspace: string;
  name: string;
  kind: AccountKind;
  sender: string;
  settings: Record<string, unknown>;
  /** Sealed one by one, so that one can be changed without the others being opened. */
  secrets: Generated<Record<string, string>>;
  rate_per_second: number;
  burst: number;
  tokens: number;
  refilled_at: Date;
  per_hour: number | null;
  per_day: number | null;
  warm_up: Generated<number[]>;
  warm_up_from: Date | null;
  in_flight: number | null;
  slowed_to: Generated<number>;
  slowed_at: Date | null;
  resumes_at: Date | null;
  after_crash: Generated<'resend' | 'hold'>;
  track_opens: Generated<boolean>;
  track_clicks: Generated<boolean>;
  status: Generated<'active' | 'paused'>;
  paused_reason: string | null;
  stopped_at: Date | null;
  is_default: Generated<boolean>;
  created_at: Date;
}

interface EmailsTable {
  id: string;
  workspace: string;
  campaign: string;
  campaign_name: string;
  profile: string;
  step: string;
  account: string;
  template: string;
  message_id: string;
  program: string | null;
  address: Generated<string>;
  subject: Generated<string>;
  status: Generated<EmailStatus>;
  attempts: Generated<number>;
  attempts_waived: Generated<number>;
  next_attempt_at: Date;
  worker: string | null;
  sending_at: Date | null;
  last_error: string | null;
  queued_at: Date;
  sent_at: Date | null;
  unsubscribed_at: Date | null;
  provider_id: string | null;
  delivered_at: Date | null;
  opened_at: Date | null;
  opened_by_machine_at: Date | null;
  clicked_at: Date | null;
  bounced_at: Date | null;
  bounce_permanent: boolean | null;
  bounce_reason: string | null;
  complained_at: Date | null;
  round: Generated<number>;
  parameters: Record<string, unknown> | null;
  closes_at: Date | null;
  zone: string | null;
  capped: Generated<boolean>;
  merges: Generated<boolean>;
  merged_into: string | null;
}

// A type, not an interface: Kysely wants an index signature.
export type DeliveryTables = {
  accounts: AccountsTable;
  emails: EmailsTable;
  templates: {
    workspace: string;
    id: string;
    subject: string;
    html: string;
    text: string | null;
    parts: JSONColumnType<Record<string, string>>;
    stored: JSONColumnType<{ name: string; data: Record<string, string> }> | null;
  };
  template_parts: { workspace: string; name: string; source: string; updated_at: Date };
  email_queues: { workspace: string; account: string; campaign: string; held: Generated<boolean> };
  email_results: {
    id: Generated<string>;
    workspace: string;
    email: string;
    kind: 'sent' | 'failed' | HappeningKind;
    attempt: number;
    at: Date;
    happening: Generated<string | null>;
  };
  email_happenings: {
    email: string;
    key: string;
    kind: 'sent' | HappeningKind;
    at: Date;
    machine: boolean;
    url: string | null;
    reason: string | null;
    permanent: boolean;
  };
  frequency_caps: { workspace: string; emails: number; hours: number };
  suppressions: {
    id: Generated<string>;
    workspace: string;
    /** Null where only the hash is kept. */
    address: string | null;
    hash: Generated<string | null>;
    reason: 'manual' | 'unsubscribe' | 'bounce' | 'complaint' | 'erased';
    at: Date;
    email: string | null;
  };
  consents: {
    id: Generated<string>;
    workspace: string;
    program: string;
    /** Null where only the hash is kept. */
    address: string | null;
    hash: Generated<string | null>;
    status: ConsentStatus;
    at: Date;
    how: ConsentWay;
    confirmed_at: Date | null;
    ask_at: Date | null;
    asked_at: Date | null;
    email: string | null;
  };
  program_consents: { workspace: string; program: string; double_opt_in: boolean };
  consent_events: {
    id: Generated<string>;
    workspace: string;
    kind: 'subscribed' | 'unsubscribed' | 'requested' | 'confirmed';
    program: string | null;
    address: string;
    profile: string | null;
    at: Date;
    how: ConsentWay;
    email: string | null;
  };
  mailbox: {
    id: string;
    workspace: string;
    message_id: string;
    email: string | null;
    profile: string | null;
    to: string;
    from: string;
    subject: string;
    html: string;
    text: string;
    headers: Header[];
    received_at: Date;
  };
  account_hooks: { account: string; heard_at: Date | null; trouble: string | null; trouble_at: Date | null };
  delivery_workers: { id: string; heartbeat_at: Date };
};
