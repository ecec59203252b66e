import type { Account, AccountChange, NewAccount } from './queries.ts';

/** What the form of an account holds. */
export interface AccountValues {
  kind: Account['kind'];
  name: string;
  from: string;
  rate_per_second: number;
  host: string;
  port: number;
  secure: boolean;
  user: string;
  password: string;
}

export function accountValues(account: Account | undefined): AccountValues {
  const settings = account?.settings ?? {};
  return {
    kind: account?.kind ?? 'smtp',
    name: account?.name ?? '',
    from: account?.from ?? '',
    rate_per_second: account?.rate_per_second ?? 10,
    host: typeof settings.host === 'string' ? settings.host : '',
    port: typeof settings.port === 'number' ? settings.port : 587,
    secure: settings.secure === true,
    user: typeof settings.user === 'string' ? settings.user : '',
    // Never comes back from the server; empty leaves it as it is.
    password: '',
  };
}

const smtp = (values: AccountValues) => ({
  host: values.host,
  port: values.port,
  secure: values.secure,
  ...(values.user ? { user: values.user } : {}),
});

export function newAccount(values: AccountValues): NewAccount {
  const { name, from, rate_per_second } = values;
  if (values.kind === 'dev') return { kind: 'dev', name, from, rate_per_second };
  return {
    kind: 'smtp',
    name,
    from,
    rate_per_second,
    settings: smtp(values),
    ...(values.password ? { password: values.password } : {}),
  };
}

export function accountChange(values: AccountValues): AccountChange {
  const { name, from, rate_per_second } = values;
  if (values.kind === 'dev') return { name, from, rate_per_second };
  return {
    name,
    from,
    rate_per_second,
    settings: smtp(values),
    ...(values.password ? { password: values.password } : {}),
  };
}
