import type { Kysely } from 'kysely';
import { smtpSettings } from '../schema.ts';
import type { AccountsTable, DeliveryTables } from '../tables.ts';
import { devProvider } from './dev.ts';
import type { Provider } from './provider.ts';
import { type SmtpTimeouts, smtpProvider } from './smtp.ts';

export { DeliveryError, type Provider, type RenderedEmail } from './provider.ts';

/** What a provider is made from. */
export interface ProviderNeeds {
  db: Kysely<DeliveryTables>;
  kind: AccountsTable['kind'];
  settings: Record<string, unknown>;
  password: string | undefined;
  smtpTimeouts?: SmtpTimeouts | undefined;
}

/** The one place that knows all kinds of accounts; a new kind is one file and one line here. */
export function openProvider({ db, kind, settings, password, smtpTimeouts }: ProviderNeeds): Provider {
  switch (kind) {
    case 'dev':
      return devProvider(db);
    case 'smtp':
      return smtpProvider(smtpSettings.parse(settings), password, smtpTimeouts);
  }
}
