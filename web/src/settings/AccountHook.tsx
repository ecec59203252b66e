import { Alert, Button, List, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { CopyField } from '../shared/CopyField.tsx';
import { When } from '../shared/When.tsx';
import type { Account } from './queries.ts';

type Hook = NonNullable<Account['hook']>;

/** What is to be done at the provider, one after another; docs/results.md says it at length. */
const steps: Partial<Record<Account['kind'], (account: Account) => ReactNode[]>> = {
  ses: ({ settings }) => [
    'In Amazon SNS, make a standard topic and allow SES to publish to it.',
    'Give the topic a subscription: protocol HTTPS, the address above as its endpoint, no raw message delivery. It confirms itself.',
    `In Amazon SES, give the configuration set${settings.configuration_set ? ` ${settings.configuration_set}` : ''} an event destination: that topic, with deliveries, bounces, complaints and rejects; opens and clicks unless they are tracked here.`,
    ...(settings.configuration_set
      ? []
      : ['Enter the name of the configuration set in this account: without one, SES tells nothing.']),
  ],
  mailchimp_transactional: () => [
    'In Mailchimp Transactional, under Settings, Webhooks, add a webhook with the address above.',
    'Choose the events: sent, delivered, bounced, soft-bounced, marked as spam, rejected, unsubscribes; opened and clicked unless they are tracked here.',
    'Copy the key it shows beside the new webhook, and enter it in this account as the key of the webhook.',
  ],
};

/** Whether the provider tells what becomes of emails, and how that is set up. */
export function AccountHook({ account }: { account: Account }) {
  const [opened, { open, close }] = useDisclosure();
  const { hook } = account;
  if (!hook) return null;
  return (
    <>
      <Text size="sm" mt="sm" component="div">
        <Heard hook={hook} />{' '}
        <Button size="compact-xs" variant="subtle" onClick={open} aria-label={`Results of ${account.name}`}>
          {hook.heard_at ? 'How it is set up' : 'Set up'}
        </Button>
      </Text>
      {hook.trouble && <Trouble hook={hook} />}
      <Modal
        opened={opened}
        onClose={close}
        title={`What becomes of emails of ${account.name}`}
        size="lg"
        centered
      >
        <Stack>
          <Text size="sm">
            Deliveries, bounces and complaints are known to the provider alone, and it tells them by calling
            this address:
          </Text>
          <CopyField label="Address to enter there" value={hook.url} />
          {!hook.url.startsWith('https:') && (
            <Alert color="marigold" title="Nobody outside can call this address">
              It is made of the address Rapport was started with. Providers call https addresses of the
              internet only: set RAPPORT_URL to the one people reach Rapport by, and start it again.
            </Alert>
          )}
          <List type="ordered" size="sm" spacing="xs">
            {steps[account.kind]?.(account).map((step, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the steps are always the same
              <List.Item key={at}>{step}</List.Item>
            ))}
          </List>
          <Text size="sm" c="dimmed" component="div">
            <Heard hook={hook} />
          </Text>
          {hook.trouble && <Trouble hook={hook} />}
        </Stack>
      </Modal>
    </>
  );
}

const Heard = ({ hook }: { hook: Hook }) =>
  hook.heard_at ? (
    <>
      Results heard <When time={hook.heard_at} />.
    </>
  ) : (
    'The provider has not told any results yet.'
  );

const Trouble = ({ hook }: { hook: Hook }) => (
  <Alert color="red" mt="xs" title="What was told last was refused">
    {hook.trouble} (<When time={hook.trouble_at} />)
  </Alert>
);
