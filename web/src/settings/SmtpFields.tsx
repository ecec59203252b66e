import { Group, NumberInput, PasswordInput, Switch, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { fieldError } from '../shared/fieldError.ts';
import type { AccountValues } from './accountValues.ts';

interface Props {
  form: UseFormReturnType<AccountValues>;
  error: unknown;
  hasPassword: boolean;
}

/** Where an SMTP server is and how to get in. */
export function SmtpFields({ form, error, hasPassword }: Props) {
  return (
    <>
      <Group align="flex-start" wrap="nowrap">
        <TextInput
          label="Host"
          placeholder="smtp.example.com"
          required
          flex={1}
          {...form.getInputProps('host')}
          error={fieldError(error, 'settings.host')}
        />
        <NumberInput
          label="Port"
          w={100}
          min={1}
          max={65_535}
          {...form.getInputProps('port')}
          error={fieldError(error, 'settings.port')}
        />
      </Group>
      <Switch
        label="TLS from the first byte (port 465)"
        {...form.getInputProps('secure', { type: 'checkbox' })}
      />
      <TextInput label="User" autoComplete="off" {...form.getInputProps('user')} />
      <PasswordInput
        label="Password"
        autoComplete="new-password"
        placeholder={hasPassword ? 'Kept as it is' : ''}
        {...form.getInputProps('password')}
        error={fieldError(error, 'password')}
      />
    </>
  );
}
