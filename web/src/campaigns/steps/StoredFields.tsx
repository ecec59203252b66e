import { Code, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useAccounts } from '../../settings/queries.ts';
import { insideError } from '../../shared/fieldError.ts';
import type { Editing } from './editing.ts';

/** A template that the provider keeps, where the account's provider keeps any. */
export function StoredFields({ step, field, error, onChange }: Editing<'email'>) {
  const accounts = useAccounts().data?.items ?? [];
  const account = accounts.find(({ id, is_default }) => (step.account ? id === step.account : is_default));
  const { stored } = step;
  if (account?.kind !== 'ses' && !stored) return null;
  const values = Object.entries(stored?.data ?? {});
  return (
    <Stack gap="xs">
      <Switch
        label="Send a template that Amazon SES keeps"
        description="Instead of the HTML and the text above."
        checked={stored !== undefined}
        onChange={(event) =>
          onChange({ ...step, stored: event.currentTarget.checked ? { name: '', data: {} } : undefined })
        }
      />
      {stored && (
        <>
          <TextInput
            label="Name of the template"
            required
            value={stored.name}
            error={insideError(error, `${field}.stored`)}
            onChange={(event) =>
              onChange({ ...step, stored: { ...stored, name: event.currentTarget.value } })
            }
          />
          <Text size="xs" c="dimmed">
            {values.length === 0 ? 'It is filled with nothing' : 'It is filled with '}
            {values.map(([name, liquid], at) => (
              <span key={name}>
                {at > 0 && ', '}
                {name}: <Code>{liquid}</Code>
              </span>
            ))}
            . What fills it is written in the JSON view: <Code>stored.data</Code>.
          </Text>
        </>
      )}
    </Stack>
  );
}
