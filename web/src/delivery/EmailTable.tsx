import { Button, Group, Text } from '@mantine/core';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { TextLink } from '../shared/links.tsx';
import { done, failed } from '../shared/notify.ts';
import { Status } from '../shared/Status.tsx';
import { When } from '../shared/When.tsx';
import { type Email, useResend, useWasSent } from './queries.ts';

interface ActProps {
  email: Email;
  run: ReturnType<typeof useResend>;
  verb: string;
  /** The button's name, as it is one of many. */
  label: string;
  /** What is said when it is done. */
  said: string;
}

/** Does something about one email. */
function Act({ email, run, verb, label, said }: ActProps) {
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={run.isPending}
      aria-label={label}
      onClick={() => run.mutate(email.id, { onSuccess: () => done(said), onError: failed })}
    >
      {verb}
    </Button>
  );
}

/** What a person can do about an email that did not go out, or may not have. */
function Acts({ email }: { email: Email }) {
  const resend = useResend();
  const wasSent = useWasSent();
  const { address, status } = email;
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      {status === 'held' && (
        <Act
          email={email}
          run={wasSent}
          verb="It was sent"
          label={`The email to ${address} was sent`}
          said={`The email to ${address} counts as sent.`}
        />
      )}
      <Act
        email={email}
        run={resend}
        verb="Resend"
        label={`Resend to ${address}`}
        said={`The email to ${address} is queued again.`}
      />
    </Group>
  );
}

const columns: Column<Email>[] = [
  {
    title: 'To',
    render: (email) => (
      <div style={{ minWidth: 150, overflowWrap: 'anywhere' }}>
        <TextLink to="/people/$id" params={{ id: email.person_id }}>
          {email.address || email.person_id}
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
        <Status value={email.unsubscribed_at ? 'unsubscribed' : (email.result ?? email.status)} />
        {email.result === 'bounced' && (
          <Text size="xs" c="dimmed" maw={260} mt={2} lineClamp={2}>
            {email.bounce_reason}
          </Text>
        )}
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
    title: 'History',
    hideTitle: true,
    right: true,
    render: (email) => (
      <TextLink
        to="/emails"
        search={(old) => ({ ...old, open: email.id })}
        aria-label={`History of the email to ${email.address || email.person_id}`}
      >
        History
      </TextLink>
    ),
  },
  {
    title: 'Actions',
    hideTitle: true,
    right: true,
    render: (email) => (email.status === 'failed' || email.status === 'held') && <Acts email={email} />,
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
