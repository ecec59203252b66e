import type { Kysely } from 'kysely';
import {
  type AccountKind,
  mailchimpSecrets,
  mailchimpSettings,
  sesSecrets,
  sesSettings,
  smtpSecrets,
  smtpSettings,
} from '../kinds.ts';
import type { DeliveryTables } from '../tables.ts';
import { devProvider } from './dev.ts';
import { mailchimpProvider } from './mailchimp_transactional.ts';
import { nullProvider } from './null.ts';
import type { Provider } from './provider.ts';
import { sesProvider } from './ses.ts';
import { type SmtpTimeouts, smtpProvider } from './smtp.ts';

export { DeliveryError, type Provider, type RenderedEmail } from './provider.ts';

/** What a provider is made from. */
export interface ProviderNeeds {
  db: Kysely<DeliveryTables>;
  kind: AccountKind;
  settings: Record<string, unknown>;
  /** Opened. */
  secrets: Record<string, string>;
  /** Whether endpoints may lie inside the network. */
  allowInternal: boolean;
  smtpTimeouts?: SmtpTimeouts | undefined;
}

/** The one place that knows all kinds of accounts; a new kind is one file and one line here. */
export function openProvider(needs: ProviderNeeds): Provider {
  const { db, kind, settings, secrets, allowInternal, smtpTimeouts } = needs;
  switch (kind) {
    case 'dev':
      return devProvider(db);
    case 'smtp':
      return smtpProvider(smtpSettings.parse(settings), smtpSecrets.parse(secrets), smtpTimeouts);
    case 'ses':
      return sesProvider(sesSettings.parse(settings), sesSecrets.parse(secrets), allowInternal);
    case 'mailchimp_transactional':
      return mailchimpProvider(
        mailchimpSettings.parse(settings),
        mailchimpSecrets.parse(secrets),
        allowInternal,
      );
    case 'null':
      return nullProvider();
  }
}
