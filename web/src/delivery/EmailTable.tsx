import { Button, Group, Text } from '@mantine/core';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { TextLink } from '../shared/links.tsx';
import { done, failed } from '../shared/notify.ts';
import { Status } from '../shared/Status.tsx';
import { When } from '../shared/When.tsx';
import { type Email, useResend, useWasSent } from './queries.ts';

/** Somebody looked it up: the provider has it. */
function WasSent({ email }: { email: Email }) {
  const wasSent = useWasSent();
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={wasSent.isPending}
      aria-label={`The email to ${email.address} was sent`}
      onClick={() =>
        wasSent.mutate(email.id, {
          onSuccess: () => done(`The email to ${email.address} counts as sent.`),
          onError: failed,
        })
      }
    >
      It was sent
    </Button>
  );
}

/** Puts one email back into the queue that failed, or is held. */
function Resend({ email }: { email: Email }) {
  const resend = useResend();
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={resend.isPending}
      aria-label={`Resend to ${email.address}`}
      onClick={() =>
        resend.mutate(email.id, {
          onSuccess: () => done(`The email to ${email.address} is queued again.`),
          onError: failed,
        })
      }
    >
      Resend
    </Button>
  );
}

const columns: Column<Email>[] = [
  {
    title: 'To',
    render: (email) => (
      <div style={{ minWidth: 150, overflowWrap: 'anywhere' }}>
        <TextLink to="/people/$id" params={{ id: email.person_id }}>
          {email.address}
        </TextLink>
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          {email.subject}
        </Text>
      </div>
    ),
  },
  {
    title: 'Subject',
    from: 'sm',
    render: (email) => (
      <div style={{ minWidth: 160 }}>
        <Text size="sm">{email.subject}</Text>
        <Text size="xs" c="dimmed">
          {email.campaign_name}
        </Text>
      </div>
    ),
  },
  {
    title: 'Status',
    render: (email) => (
      <>
        <Status value={email.unsubscribed_at ? 'unsubscribed' : email.status} />
        {email.last_error && email.status !== 'sent' && (
          <Text size="xs" c="dimmed" maw={260} mt={2}>
            {email.last_error}
            {email.attempts > 1 && ` (${email.attempts} attempts)`}
          </Text>
        )}
      </>
    ),
  },
  {
    title: 'When',
    right: true,
    from: 'sm',
    render: (email) => <When time={email.sent_at ?? email.queued_at} />,
  },
  {
    title: 'Actions',
    hideTitle: true,
    right: true,
    render: (email) => (
      <Group gap={6} justify="flex-end" wrap="nowrap">
        {email.status === 'held' && <WasSent email={email} />}
        {(email.status === 'failed' || email.status === 'held') && <Resend email={email} />}
      </Group>
    ),
  },
];

export function EmailTable({ emails }: { emails: Email[] }) {
  return (
    <DataTable
      label="Emails"
      columns={columns}
      rows={emails}
      rowKey={(email) => email.id}
      testId="email-row"
    />
  );
}
