import type { UseFormReturnType } from '@mantine/form';
import { ApiError } from '../api/client.ts';
import { fieldError } from '../shared/fieldError.ts';
import type { AccountKind, AccountValues } from './accountValues.ts';

/** What the fields of every kind of account are given. */
export interface AccountFieldsProps {
  form: UseFormReturnType<AccountValues>;
  error: unknown;
  /** Names of the secrets that are kept. */
  kept: readonly string[];
}

/** The server's names of the fields of the form: errors of others are shown below all of them. */
export const accountFields = (kind: AccountKind): string[] => [
  ...['name', 'from', 'rate_per_second', 'after_crash'],
  ...['tracking.opens', 'tracking.clicks'],
  ...['limits.per_hour', 'limits.per_day', 'limits.in_flight', 'limits.warm_up'],
  ...{
    dev: [],
    null: [],
    smtp: [
      ...['settings.host', 'settings.port', 'settings.user', 'secrets.password'],
      ...['settings.dkim.domain', 'settings.dkim.selector', 'secrets.dkim_private_key'],
    ],
    ses: [
      ...['settings.region', 'settings.access_key_id', 'settings.configuration_set', 'settings.tags'],
      ...['settings.endpoint', 'settings.topic_arn', 'secrets.secret_access_key'],
    ],
    mailchimp_transactional: [
      ...['settings.subaccount', 'settings.endpoint', 'secrets.api_key', 'secrets.webhook_key'],
    ],
  }[kind],
];

/** What to show at one field: also what is said of a part of it, which has no field of its own. */
export function errorAt(error: unknown, field: string): string | undefined {
  const part = error instanceof ApiError && error.field?.startsWith(`${field}.`) ? error.field : field;
  return fieldError(error, part);
}

/** Value, change and error of one field. */
export const bound = ({ form, error }: Omit<AccountFieldsProps, 'kept'>, field: string) => ({
  ...form.getInputProps(field),
  error: errorAt(error, field),
});

/** The same of a secret, which is asked for once and then kept. */
export const boundSecret = (props: AccountFieldsProps, name: string) => ({
  ...bound(props, `secrets.${name}`),
  autoComplete: 'new-password',
  placeholder: props.kept.includes(name) ? 'Kept as it is' : '',
});
