import { Anchor, Code, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useSuggestions } from '../../segments/queries.ts';
import { CopyField } from '../../shared/CopyField.tsx';
import { fieldError, insideError } from '../../shared/fieldError.ts';
import { useWebhookSecret } from '../queries.ts';
import type { Editing } from './editing.ts';

/** Where another program listens, and what it is told. */
export function WebhookEditor({ step, field, error, onChange }: Editing<'webhook'>) {
  const secret = useWebhookSecret().data?.secret;
  const known = useSuggestions().data?.attributes.map((one) => one.name) ?? [];
  const example = {
    type: 'campaign.step',
    timestamp: '2026-11-21T09:00:00.000Z',
    data: {
      campaign: { id: '0197…', name: 'Welcome' },
      step: step.id,
      person: {
        id: 'ann@shop.example',
        attributes: Object.fromEntries(step.attributes.map((name) => [name, '…'])),
      },
    },
  };
  return (
    <Stack>
      <TextInput
        label="Address"
        placeholder="https://example.com/hooks/rapport"
        type="url"
        required
        value={step.url}
        error={fieldError(error, `${field}.url`)}
        onChange={(event) => onChange({ ...step, url: event.currentTarget.value })}
      />
      <TagsInput
        label="Attributes of the person to send along"
        placeholder={step.attributes.length === 0 ? 'None but the id' : undefined}
        data={known}
        value={step.attributes}
        error={insideError(error, `${field}.attributes`)}
        onChange={(attributes) => onChange({ ...step, attributes })}
      />
      {secret && <CopyField label="Signing secret" value={secret} />}
      <Text size="sm" c="dimmed">
        It gets this by POST, signed as{' '}
        <Anchor href="https://www.standardwebhooks.com" target="_blank" rel="noreferrer" inherit>
          Standard Webhooks
        </Anchor>{' '}
        says. What it does not answer with 2xx is tried again for a day; the person goes on meanwhile.
      </Text>
      <Code block aria-label="Example of the body">
        {JSON.stringify(example, null, 2)}
      </Code>
    </Stack>
  );
}
