import { PasswordInput, TextInput } from '@mantine/core';
import { type AccountFieldsProps, bound, boundSecret } from './accountFields.ts';

/** Which account of Mailchimp Transactional. */
export function MailchimpFields(props: AccountFieldsProps) {
  return (
    <>
      <PasswordInput
        label="API key"
        description="Of Mailchimp Transactional, which is another one than that of audiences"
        required={!props.kept.includes('api_key')}
        {...boundSecret(props, 'api_key')}
      />
      <PasswordInput
        label="Key of the webhook"
        description="Shown there beside the webhook that tells what becomes of emails"
        {...boundSecret(props, 'webhook_key')}
      />
      <TextInput label="Subaccount" {...bound(props, 'settings.subaccount')} />
      <TextInput
        label="Endpoint"
        description="Only where it is called at another address than its own"
        {...bound(props, 'settings.endpoint')}
      />
    </>
  );
}
