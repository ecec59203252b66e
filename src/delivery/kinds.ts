import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { Problem } from '../engine/index.ts';
import { checkEndpoint } from './providers/outside.ts';
import { text } from './storable.ts';

export const accountKinds = ['dev', 'smtp', 'ses', 'mailchimp_transactional', 'null'] as const;
export type AccountKind = (typeof accountKinds)[number];

const secret = z.string().trim().min(1).max(1_000);
const endpoint = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .optional()
  .describe(
    'Where the provider is called, if not at its usual address; https, unless internal addresses are allowed.',
  );
const domainName = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

export const smtpSettings = z.strictObject({
  host: text().trim().min(1).max(253),
  port: z.number().int().min(1).max(65_535).default(587),
  secure: z
    .boolean()
    .default(false)
    .describe('TLS from the first byte (port 465); otherwise STARTTLS when the server offers it.'),
  require_tls: z.boolean().default(false).describe('Refuses to send without TLS.'),
  user: text().max(320).optional(),
  dkim: z
    .strictObject({
      domain: z.string().trim().regex(domainName, 'must be a domain, like example.com'),
      selector: z
        .string()
        .trim()
        .max(190)
        .refine(
          (value) => value.split('.').every((part) => label.test(part)),
          'must be like rapport or key1',
        ),
    })
    .optional()
    .describe('Signs each email. The public key is the TXT record <selector>._domainkey.<domain>.'),
});
export type SmtpSettings = z.infer<typeof smtpSettings>;

export const smtpSecrets = z.strictObject({
  password: z.string().min(1).max(1_000).optional(),
  dkim_private_key: z
    .string()
    .trim()
    .max(10_000)
    .refine(isRsaKey, 'must be an RSA private key of at least 1,024 bits, in PEM, without a passphrase')
    .optional(),
});
export type SmtpSecrets = z.infer<typeof smtpSecrets>;

const tagName = /^[\w-]{1,256}$/;
const tagValue = /^[\w.@-]{1,256}$/;
/** The tag by which SES' own messages about an email are told to belong to its row of the ledger. */
export const emailTag = 'email_id';

export const sesSettings = z.strictObject({
  region: z
    .string()
    .trim()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/, 'must be a region of AWS, like eu-west-1'),
  access_key_id: z.string().trim().min(1).max(200),
  endpoint,
  configuration_set: z
    .string()
    .trim()
    .regex(/^[\w-]{1,64}$/, 'must be the name of a configuration set: letters, digits, _ and -')
    .optional(),
  tags: z
    .record(
      z.string().regex(tagName, 'may have letters, digits, _ and -'),
      z.string().regex(tagValue, 'may have letters, digits, and _ - . @'),
    )
    .refine((tags) => Object.keys(tags).length <= 40, 'may be 40 at most')
    .refine((tags) => !(emailTag in tags), `cannot be named ${emailTag}: every email has its own`)
    .optional()
    .describe('Given to every email, for the statistics of SES.'),
  topic_arn: z
    .string()
    .trim()
    .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]{1,256}$/, 'must be the ARN of a topic of Amazon SNS')
    .optional()
    .describe(
      'The topic that tells what becomes of emails; when missing, the first that calls the address of the account.',
    ),
});
export type SesSettings = z.infer<typeof sesSettings>;
export const sesSecrets = z.strictObject({ secret_access_key: secret });
export type SesSecrets = z.infer<typeof sesSecrets>;

export const mailchimpSettings = z.strictObject({
  subaccount: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/, 'must be the id of a subaccount')
    .optional(),
  endpoint,
});
export type MailchimpSettings = z.infer<typeof mailchimpSettings>;
export const mailchimpSecrets = z.strictObject({
  api_key: secret,
  webhook_key: secret
    .optional()
    .describe('Shown by Mailchimp beside the webhook; with it, it signs what it tells of emails.'),
});
export type MailchimpSecrets = z.infer<typeof mailchimpSecrets>;

const nothing = z.strictObject({});
const kinds: Record<AccountKind, { settings: z.ZodObject; secrets: z.ZodObject; needed: readonly string[] }> =
  {
    dev: { settings: nothing, secrets: nothing, needed: [] },
    smtp: { settings: smtpSettings, secrets: smtpSecrets, needed: [] },
    ses: { settings: sesSettings, secrets: sesSecrets, needed: ['secret_access_key'] },
    mailchimp_transactional: { settings: mailchimpSettings, secrets: mailchimpSecrets, needed: ['api_key'] },
    null: { settings: nothing, secrets: nothing, needed: [] },
  };

type Named = Record<string, unknown>;

/** What an account is set up with before and after a change; secrets as they lie in the table, sealed one by one. */
export interface Setup {
  settings: Named;
  secrets: Record<string, string>;
}

/**
 * What an account is set up with once `given` is known too: what is not given stays, null takes away.
 * Stored secrets are never opened for it, so that one nobody can read any more can be given anew.
 * @throws Problem 400 at the field
 */
export function setUp(
  kind: AccountKind,
  before: Setup,
  given: { settings?: Named | undefined; secrets?: Named | undefined },
  { seal, allowInternal }: { seal: (secret: string) => string; allowInternal: boolean },
): Setup {
  const shape = kinds[kind];
  const settings = parse(shape.settings, withoutNulls({ ...before.settings, ...given.settings }), 'settings');
  const fresh = parse(shape.secrets.partial(), withoutNulls(given.secrets ?? {}), 'secrets');
  const secrets = { ...before.secrets };
  for (const [name, value] of Object.entries(given.secrets ?? {})) if (value === null) delete secrets[name];
  for (const [name, value] of Object.entries(fresh)) secrets[name] = seal(String(value));
  for (const name of shape.needed) if (!(name in secrets)) throw bad(`secrets.${name}`, 'is needed');
  if (kind === 'smtp') {
    if (settings.dkim && !secrets.dkim_private_key) {
      throw bad('secrets.dkim_private_key', 'is needed to sign');
    }
    if (!settings.dkim && fresh.dkim_private_key) {
      throw bad('settings.dkim', 'is needed beside the key: the domain and the selector to sign for');
    }
    if (!settings.dkim) delete secrets.dkim_private_key;
  }
  if (typeof settings.endpoint === 'string') checkEndpoint(settings.endpoint, allowInternal);
  return { settings, secrets };
}

const withoutNulls = (all: Named): Named =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined));

function parse(schema: z.ZodType, value: Named, at: string): Named {
  const read = schema.safeParse(value);
  if (read.success) return read.data as Named;
  const [issue] = read.error.issues;
  throw bad([at, ...(issue?.path ?? [])].join('.'), issue?.message ?? 'is not right');
}

const bad = (field: string, message: string) =>
  new Problem(400, 'bad_input', `${field}: ${message}`, { field });

/** Others could not be signed with, and such an email would go out unsigned. */
function isRsaKey(pem: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 1_024;
  } catch {
    return false;
  }
}
