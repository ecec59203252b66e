import { Group, NumberInput, PasswordInput, Switch, TextInput } from '@mantine/core';
import { type AccountFieldsProps, bound, boundSecret } from './accountFields.ts';
import { DkimFields } from './DkimFields.tsx';

/** Where an SMTP server is and how to get in. */
export function SmtpFields(props: AccountFieldsProps) {
  const { form } = props;
  return (
    <>
      <Group align="flex-start" wrap="nowrap">
        <TextInput
          label="Host"
          placeholder="smtp.example.com"
          required
          flex={1}
          {...bound(props, 'settings.host')}
        />
        <NumberInput label="Port" w={100} min={1} max={65_535} {...bound(props, 'settings.port')} />
      </Group>
      <Switch
        label="TLS from the first byte (port 465)"
        {...form.getInputProps('settings.secure', { type: 'checkbox' })}
      />
      <Switch
        label="Never without TLS"
        {...form.getInputProps('settings.require_tls', { type: 'checkbox' })}
      />
      <TextInput label="User" autoComplete="off" {...bound(props, 'settings.user')} />
      <PasswordInput label="Password" {...boundSecret(props, 'password')} />
      <Switch
        label="Sign emails with DKIM"
        description="Where the server does not sign them itself"
        {...form.getInputProps('settings.signs', { type: 'checkbox' })}
      />
      {form.values.settings.signs && <DkimFields {...props} />}
    </>
  );
}
