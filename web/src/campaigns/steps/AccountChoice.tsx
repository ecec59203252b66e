import { Select } from '@mantine/core';
import { useAccounts } from '../../settings/queries.ts';

interface Props {
  value: string | undefined;
  error: string | undefined;
  onChange: (account: string | undefined) => void;
}

/** The account an email goes out through, where there is a choice. */
export function AccountChoice({ value, error, onChange }: Props) {
  const accounts = useAccounts().data?.items ?? [];
  if (accounts.length < 2 && value === undefined) return null;
  return (
    <Select
      label="Sent through"
      placeholder={`${accounts.find((one) => one.is_default)?.name ?? 'The default account'} (default)`}
      clearable
      value={value ?? null}
      error={error}
      onChange={(account) => onChange(account ?? undefined)}
      data={accounts.map(({ id, name, from }) => ({ value: id, label: `${name} (${from})` }))}
    />
  );
}
