import { PasswordInput, TagsInput, TextInput } from '@mantine/core';
import { type AccountFieldsProps, bound, boundSecret } from './accountFields.ts';

/** Which account of Amazon SES, and what its emails are marked with. */
export function SesFields(props: AccountFieldsProps) {
  return (
    <>
      <TextInput label="Region" placeholder="eu-west-1" required {...bound(props, 'settings.region')} />
      <TextInput
        label="Access key ID"
        description="Of a user that may do ses:SendEmail and no more"
        autoComplete="off"
        required
        {...bound(props, 'settings.access_key_id')}
      />
      <PasswordInput
        label="Secret access key"
        required={!props.kept.includes('secret_access_key')}
        {...boundSecret(props, 'secret_access_key')}
      />
      <TextInput
        label="Configuration set"
        description="Decides, in SES, where bounces and complaints are told"
        {...bound(props, 'settings.configuration_set')}
      />
      <TextInput
        label="Topic of results"
        description="ARN of the topic of Amazon SNS that tells what becomes of emails; empty: the next that calls here"
        placeholder="arn:aws:sns:eu-west-1:123456789012:emails"
        {...bound(props, 'settings.topic_arn')}
      />
      <TagsInput
        label="Tags"
        description="For the statistics of SES: name=value, Enter after each"
        {...bound(props, 'settings.tags')}
      />
      <TextInput
        label="Endpoint"
        description="Only where SES is called at another address than its region's"
        {...bound(props, 'settings.endpoint')}
      />
    </>
  );
}
