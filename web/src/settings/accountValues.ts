import type { Account, AccountChange, NewAccount } from './queries.ts';

export type AccountKind = Account['kind'];

/** What the form of an account holds: the fields of all kinds, so that trying another kind loses nothing. */
export interface AccountValues {
  kind: AccountKind;
  name: string;
  from: string;
  rate_per_second: number;
  /** Empty where nothing limits. */
  limits: { per_hour: number | ''; per_day: number | ''; in_flight: number | ''; warm_up: string[] };
  after_crash: Account['after_crash'];
  tracking: Account['tracking'];
  settings: {
    host: string;
    port: number;
    secure: boolean;
    require_tls: boolean;
    user: string;
    signs: boolean;
    dkim: { domain: string; selector: string };
    region: string;
    access_key_id: string;
    configuration_set: string;
    /** `name=value` */
    tags: string[];
    topic_arn: string;
    subaccount: string;
    endpoint: string;
  };
  /** Never come back from the server; empty ones stay as they are. */
  secrets: {
    password: string;
    dkim_private_key: string;
    secret_access_key: string;
    api_key: string;
    webhook_key: string;
  };
}

type Settings = AccountValues['settings'];

const noSettings: Settings = {
  ...{ host: '', port: 587, secure: false, require_tls: false, user: '' },
  ...{ signs: false, dkim: { domain: '', selector: '' } },
  ...{ region: '', access_key_id: '', configuration_set: '', tags: [], topic_arn: '' },
  ...{ subaccount: '', endpoint: '' },
};

export function accountValues(account: Account | undefined): AccountValues {
  const kept = account?.settings ?? {};
  return {
    kind: account?.kind ?? 'smtp',
    name: account?.name ?? '',
    from: account?.from ?? '',
    rate_per_second: account?.rate_per_second ?? 10,
    limits: {
      per_hour: account?.limits.per_hour ?? '',
      per_day: account?.limits.per_day ?? '',
      in_flight: account?.limits.in_flight ?? '',
      warm_up: (account?.limits.warm_up ?? []).map(String),
    },
    after_crash: account?.after_crash ?? 'resend',
    tracking: account?.tracking ?? { opens: false, clicks: false },
    settings: {
      ...noSettings,
      ...(kept as Partial<Settings>),
      signs: 'dkim' in kept,
      tags: Object.entries(kept.tags ?? {}).map(([name, value]) => `${name}=${value}`),
    },
    secrets: { password: '', dkim_private_key: '', secret_access_key: '', api_key: '', webhook_key: '' },
  };
}

const tagOf = (text: string): [string, string] => {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
};

/** The settings of the kind chosen; null where there is none, which takes away what was there. */
function settingsOf({ kind, settings }: AccountValues): Record<string, unknown> | undefined {
  const { host, port, secure, require_tls, signs, dkim, region, access_key_id, tags } = settings;
  const endpoint = settings.endpoint || null;
  switch (kind) {
    case 'smtp':
      return {
        ...{ host, port, secure, require_tls },
        ...{ user: settings.user || null, dkim: signs ? dkim : null },
      };
    case 'ses':
      return {
        ...{ region, access_key_id, endpoint },
        configuration_set: settings.configuration_set || null,
        topic_arn: settings.topic_arn || null,
        tags: tags.length > 0 ? Object.fromEntries(tags.map(tagOf)) : null,
      };
    case 'mailchimp_transactional':
      return { subaccount: settings.subaccount || null, endpoint };
    default:
      return undefined;
  }
}

function secretsOf({ kind, settings, secrets }: AccountValues): Record<string, string> {
  const { password, dkim_private_key, secret_access_key, api_key, webhook_key } = secrets;
  const all = {
    smtp: { password, ...(settings.signs && { dkim_private_key }) },
    ses: { secret_access_key },
    mailchimp_transactional: { api_key, webhook_key },
    dev: {},
    null: {},
  }[kind];
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

const limitsOf = ({ limits: { per_hour, per_day, in_flight, warm_up } }: AccountValues) => ({
  per_hour: per_hour || null,
  per_day: per_day || null,
  in_flight: in_flight || null,
  warm_up: warm_up.map(Number),
});

export function newAccount(values: AccountValues): NewAccount {
  const { kind, name, from, rate_per_second, after_crash, tracking } = values;
  const settings = settingsOf(values);
  return {
    ...{ kind, name, from, rate_per_second, after_crash, tracking, limits: limitsOf(values) },
    ...(settings && {
      settings: Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null)),
      secrets: secretsOf(values),
    }),
    // The fields of each kind are checked by the server.
  } as NewAccount;
}

export function accountChange(values: AccountValues): AccountChange {
  const { name, from, rate_per_second, after_crash, tracking } = values;
  const settings = settingsOf(values);
  const limits = limitsOf(values);
  return {
    name,
    from,
    rate_per_second,
    after_crash,
    tracking,
    limits,
    ...(settings && { settings, secrets: secretsOf(values) }),
  };
}
