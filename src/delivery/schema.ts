import { z } from 'zod';
import { id } from '../engine/index.ts';
import { hook } from './hooks/standing.ts';
import {
  accountKinds,
  mailchimpSecrets,
  mailchimpSettings,
  sesSecrets,
  sesSettings,
  smtpSecrets,
  smtpSettings,
} from './kinds.ts';
import { accountLimits, accountUsage, afterCrash } from './limits.ts';
import { text } from './storable.ts';

export const emailStatuses = [
  'queued',
  'sending',
  'held',
  'sent',
  'failed',
  'suppressed',
  'cancelled',
  'merged',
] as const;
export type EmailStatus = (typeof emailStatuses)[number];

/** What may happen to an email after a provider took it. */
export const happeningKinds = ['delivered', 'opened', 'clicked', 'bounced', 'complained'] as const;
export type HappeningKind = (typeof happeningKinds)[number];

/** What an email is made from: Liquid in all three parts. */
export interface Template {
  subject: string;
  html: string;
  /** Made from the HTML when missing. */
  text?: string | undefined;
  /** Sent instead of HTML and text: a template that the provider keeps, filled with Liquid by name. */
  stored?: { name: string; data: Readonly<Record<string, string>> } | undefined;
}

/** Named pieces of Liquid, by name. */
export type Parts = Readonly<Record<string, string>>;

/**
 * A template as it is sent, of Liquid alone: MJML is HTML already, and the parts it renders are in it as they were when it
 * was saved. So emails of one version are alike, whatever is edited meanwhile.
 */
export interface Version extends Template {
  parts: Parts;
}

/** One campaign step's emails, as a campaign hands them over. */
export interface Letter {
  workspace: string;
  campaign: string;
  campaignName: string;
  /** The step's id. */
  step: string;
  /** From `delivery.sender()`. */
  sender: Sender;
  /** From `delivery.saveTemplate()`. */
  template: string;
  /** When they are due. */
  at: Date;
  /** The loyalty program the campaign belongs to: its emails need that program's consents, and come from its sender. */
  program?: string | undefined;
  /** Whether the workspace's frequency cap holds for them. */
  capped?: boolean | undefined;
  /** What a person gets within so many minutes goes out as one email; the first waits so long. */
  mergeWithinMinutes?: number | undefined;
}

/** Somebody a step's email is for. */
export interface Addressee {
  profile: string;
  /** Which time this person goes through the campaign; 1 if not given. */
  round?: number;
  /** What templates call `entry`. */
  parameters?: Record<string, unknown>;
  /** Not claimed from then on, until `moveHours` says when the hours are that come next in the zone. */
  closesAt?: Date;
  zone?: string;
}

/** The account that sends, as far as the ledger needs it. */
export interface Sender {
  account: string;
  /** Right side of the Message-ID: the domain of the From address. */
  domain: string;
  /** Whether its provider keeps templates that can be filled. */
  storesTemplates?: boolean;
}

/** What `GET …/report` counts, for a step or a whole campaign. From `delivered` on all are parts of `sent`. */
export const emailCounts = z.object({
  queued: z.number(),
  sending: z.number(),
  held: z
    .number()
    .describe('Being sent when a worker died, and waiting for a person to say whether they were'),
  sent: z.number(),
  failed: z.number(),
  suppressed: z.number(),
  cancelled: z.number(),
  merged: z.number().describe('Their content went out in another email of the person'),
  delivered: z.number().describe('As far as the provider tells; none that bounced after all'),
  opened: z.number().describe('By people; a click is an open too'),
  clicked: z.number(),
  bounced: z.number().describe('For good, or without having been delivered'),
  complained: z.number(),
  unsubscribed: z.number(),
});
export type EmailCounts = z.infer<typeof emailCounts>;

export const fields = ['subject', 'html', 'text'] as const;

/** Something amiss in a template. */
export const templateProblem = z.object({
  level: z
    .enum(['error', 'warning', 'hint'])
    .describe('`error`: not what anybody would want to send; `warning`: look at it; `hint`: could be better'),
  field: z.enum(fields),
  part: z.string().nullable().describe('The template part it stands in; null: the template itself'),
  line: z.number().nullable().describe('From 1; null when unknown'),
  message: z.string(),
});
export type TemplateProblem = z.infer<typeof templateProblem>;

/** What parts are called: as they are written in `{% render "footer" %}`. */
export const partName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, 'must be small letters, digits, - and _, at most 60');

export const templatePart = z.object({
  name: z.string(),
  source: z.string(),
  updated_at: z.string(),
});
export type TemplatePart = z.infer<typeof templatePart>;

const time = z.string();

export const email = z.object({
  id: z.string(),
  campaign_id: z.string(),
  campaign_name: z.string(),
  step: z.string(),
  person_id: z.string(),
  address: z.string(),
  subject: z.string(),
  account_id: z.string(),
  account_name: z.string(),
  provider: z.enum(accountKinds),
  provider_id: z
    .string()
    .nullable()
    .describe("The provider's own id of the email; with SMTP the words in which the server took it"),
  status: z.enum(emailStatuses),
  result: z
    .enum(happeningKinds)
    .nullable()
    .describe('What says most of what became of it since it was sent; null until something was told'),
  attempts: z.number(),
  last_error: z.string().nullable(),
  queued_at: time,
  sent_at: time.nullable(),
  delivered_at: time.nullable(),
  opened_at: time.nullable().describe('By a person; a click is an open too'),
  opened_by_machine_at: time.nullable().describe('By a mail scanner or a prefetch'),
  clicked_at: time.nullable(),
  bounced_at: time.nullable(),
  bounce_permanent: z.boolean().nullable().describe('Whether the address will never take an email'),
  bounce_reason: z.string().nullable(),
  complained_at: time.nullable(),
  unsubscribed_at: time.nullable(),
  message_id: z.string(),
});
export type Email = z.infer<typeof email>;

const header = z.object({ name: z.string(), value: z.string() });
export type Header = z.infer<typeof header>;

export const emailDetail = email.extend({
  html: z.string().nullable(),
  text: z.string().nullable(),
  headers: z.array(header),
  history: z
    .array(
      z.object({
        at: time,
        kind: z.enum(['queued', 'sent', ...happeningKinds, 'unsubscribed']),
        machine: z.boolean().describe('Opened or clicked by a mail scanner or a prefetch'),
        url: z.string().nullable().describe('What was clicked'),
        reason: z.string().nullable().describe('Why it bounced, in the words of the provider'),
        permanent: z.boolean(),
      }),
    )
    .describe('What happened to it, from the beginning; at most the first 1,000'),
});
export type EmailDetail = z.infer<typeof emailDetail>;

/** A day of the workspace, or an instant. */
const dayOrInstant = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).optional();

/** What narrows the ledger. */
export const emailFilter = z.object({
  campaign: id.optional(),
  step: text().max(200).optional().describe("A step's id"),
  account: id.optional(),
  status: z.enum(emailStatuses).optional(),
  result: z.enum(happeningKinds).optional().describe('Opened: also those that were clicked'),
  person: text().max(500).optional(),
  search: text()
    .trim()
    .max(200)
    .optional()
    .describe("The beginning of an address, or the whole of a person's id"),
  from: dayOrInstant.describe(
    "Sent, or not yet sent and queued, since: an instant, or a day in the workspace's time zone",
  ),
  to: dayOrInstant.describe('The same; exclusive'),
});
export type EmailFilter = z.infer<typeof emailFilter>;

export const mailboxItem = z.object({
  id: z.string(),
  message_id: z.string(),
  to: z.string(),
  from: z.string(),
  subject: z.string(),
  received_at: time,
  email_id: z.string().nullable(),
  person_id: z.string().nullable(),
});

export const mailboxDetail = mailboxItem.extend({
  html: z.string(),
  text: z.string(),
  headers: z.array(header),
  unsubscribe_url: z.string().nullable(),
});

/** `Shop <shop@example.com>` or the address alone. */
const senderText = text()
  .trim()
  .min(3)
  .max(320)
  .refine((value) => parseSender(value) !== undefined, 'must be like Shop <shop@example.com>');

/** What is noted of people who get emails; nothing unless somebody says so. */
export const tracking = z.object({
  opens: z.boolean().describe('A picture of one pixel in each email tells when it is looked at'),
  clicks: z.boolean().describe('Links lead through this server, which notes the click'),
});
export type Tracking = z.infer<typeof tracking>;

export const account = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(accountKinds),
  from: z.string(),
  settings: z.record(z.string(), z.unknown()),
  secrets: z.array(z.string()).describe('Names of the secrets that are kept; none is ever shown.'),
  rate_per_second: z.number(),
  limits: accountLimits,
  usage: accountUsage,
  after_crash: afterCrash,
  tracking,
  hook: hook.nullable().describe('Where the provider tells what becomes of emails; null where it does not'),
  status: z.enum(['active', 'paused']),
  paused_reason: z.string().nullable(),
  is_default: z.boolean(),
});
export type Account = z.infer<typeof account>;

const rate = z.number().positive().max(100_000);
const name = text().trim().min(1).max(100);
const common = {
  name,
  from: senderText,
  is_default: z.boolean().default(false),
  limits: accountLimits.partial().optional(),
  after_crash: afterCrash.default('resend'),
  tracking: tracking.partial().optional().describe('Nothing is tracked unless it says so'),
};

export const newAccount = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('dev'), ...common, rate_per_second: rate.default(5_000) }),
  z.object({
    kind: z.literal('smtp'),
    ...common,
    settings: smtpSettings,
    secrets: smtpSecrets.optional(),
    rate_per_second: rate.default(10),
  }),
  z.object({
    kind: z.literal('ses'),
    ...common,
    settings: sesSettings,
    secrets: sesSecrets,
    rate_per_second: rate.default(10),
  }),
  z.object({
    kind: z.literal('mailchimp_transactional'),
    ...common,
    settings: mailchimpSettings.optional(),
    secrets: mailchimpSecrets,
    rate_per_second: rate.default(10),
  }),
  z
    .object({ kind: z.literal('null'), ...common, rate_per_second: rate.default(100_000) })
    .describe('Takes every email and keeps nothing: for benchmarks.'),
]);
export type NewAccount = z.infer<typeof newAccount>;

const ofItsKind = 'As for a new account of this kind; what is not given stays, null takes away.';
export const accountChange = z.object({
  name: name.optional(),
  from: senderText.optional(),
  settings: z.record(z.string(), z.unknown()).optional().describe(ofItsKind),
  secrets: z.record(z.string(), z.string().nullable()).optional().describe(ofItsKind),
  rate_per_second: rate.optional(),
  limits: accountLimits.partial().optional(),
  after_crash: afterCrash.optional(),
  tracking: tracking.partial().optional(),
  status: z.enum(['active', 'paused']).optional(),
  is_default: z.literal(true).optional(),
});
export type AccountChange = z.infer<typeof accountChange>;

export const suppressionReasons = ['manual', 'unsubscribe', 'bounce', 'complaint'] as const;
export const suppression = z.object({
  id: z.string(),
  address: z
    .string()
    .nullable()
    .describe('Null for an address of an erased person, of which only a keyed hash is kept'),
  reason: z.enum([...suppressionReasons, 'erased']),
  at: time,
  email_id: z.string().nullable(),
});

export const consentStatuses = ['subscribed', 'unsubscribed', 'pending'] as const;
export type ConsentStatus = (typeof consentStatuses)[number];
const consentWays = ['link', 'page', 'api', 'import'] as const;
export type ConsentWay = (typeof consentWays)[number];

export const consent = z.object({
  id: z.string(),
  address: z
    .string()
    .nullable()
    .describe('Null for an address of an erased person, of which only a keyed hash is kept'),
  program_id: z.string(),
  program_name: z.string().nullable().describe('Null when the program was removed'),
  status: z.enum(consentStatuses).describe('`pending`: asked to confirm, and has not yet'),
  at: time.describe('Since when'),
  how: z
    .enum(consentWays)
    .describe(
      "`link`: by a link in an email, or the mail program's button; `page`: on the page where people choose; `api`; `import`: it was known elsewhere before",
    ),
  confirmed_at: time.nullable().describe('When somebody who reads what comes to the address said yes'),
  confirmation_sent_at: time.nullable().describe('When the last email went out that asks to confirm'),
  confirmation_due_at: time
    .nullable()
    .describe('When the next one goes out; an address gets one a day at most'),
  email_id: z.string().nullable(),
});
export type Consent = z.infer<typeof consent>;

export const programConsent = z.object({
  double_opt_in: z
    .boolean()
    .describe('Emails of the program go to addresses alone that confirmed by a link sent to them'),
});

/** Something that can be written to: one address, no white space, no control characters (line breaks forge headers). */
const addressPattern =
  /^[^\s\p{Cc}\p{Cs}@<>(),;:"\\[\]]+@[^\s\p{Cc}\p{Cs}@<>(),;:"\\[\]]+\.[^\s\p{Cc}\p{Cs}@<>(),;:"\\[\]]+$/u;
export const isAddress = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 254 && addressPattern.test(value);

/** Splits `Shop <shop@example.com>`; undefined when it is not an address. */
export function parseSender(sender: string): { name: string; address: string; domain: string } | undefined {
  const match = /^\s*(?:"?([^"<>\r\n]*?)"?\s*<([^<>\s]+)>|([^<>\s]+))\s*$/.exec(sender);
  const address = match?.[2] ?? match?.[3];
  if (!isAddress(address)) return undefined;
  return { name: match?.[1]?.trim() ?? '', address, domain: address.slice(address.lastIndexOf('@') + 1) };
}
