import { Code, Group, Text, Textarea, TextInput } from '@mantine/core';
import { type AccountFieldsProps, bound, boundSecret } from './accountFields.ts';

/** For which domain emails are signed, and with which key. */
export function DkimFields(props: AccountFieldsProps) {
  const { domain, selector } = props.form.values.settings.dkim;
  return (
    <>
      <Group align="flex-start" grow>
        <TextInput
          label="Domain"
          placeholder="example.com"
          required
          {...bound(props, 'settings.dkim.domain')}
        />
        <TextInput
          label="Selector"
          placeholder="rapport"
          required
          {...bound(props, 'settings.dkim.selector')}
        />
      </Group>
      <Textarea
        label="Private key"
        description="RSA, in PEM"
        autosize
        minRows={3}
        maxRows={6}
        spellCheck={false}
        {...boundSecret(props, 'dkim_private_key')}
      />
      {domain && selector && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          The public key belongs into the TXT record{' '}
          <Code>
            {selector}._domainkey.{domain}
          </Code>
        </Text>
      )}
    </>
  );
}
