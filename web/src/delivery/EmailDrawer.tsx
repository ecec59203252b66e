import { Drawer, Stack, Table, Text, Timeline } from '@mantine/core';
import { useTimes } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { SandboxedHtml } from '../shared/SandboxedHtml.tsx';
import { Status } from '../shared/Status.tsx';
import { type EmailDetail, useEmail } from './queries.ts';

/** One email: whom it was for, and everything that happened to it. */
export function EmailDrawer({ id, close }: { id: string | undefined; close: () => void }) {
  return (
    <Drawer
      opened={id !== undefined}
      onClose={close}
      position="right"
      size={620}
      title="Email"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {id && <Email id={id} />}
    </Drawer>
  );
}

function Email({ id }: { id: string }) {
  const email = useEmail(id);
  return <Loaded query={email}>{(one) => <Details email={one} />}</Loaded>;
}

function Details({ email }: { email: EmailDetail }) {
  const rows = [
    [
      'To',
      <TextLink key="to" to="/people/$id" params={{ id: email.person_id }}>
        {email.address || email.person_id}
      </TextLink>,
    ],
    ['Subject', email.subject || '–'],
    ['Campaign', email.campaign_name],
    ['Account', email.account_name],
    ['Status', <Status key="status" value={email.result ?? email.status} />],
    ...(email.last_error ? [['Last error', email.last_error]] : []),
    ['Message-ID', email.message_id],
    ...(email.provider_id ? [["Provider's id", email.provider_id]] : []),
  ] as const;
  return (
    <Stack gap="lg" data-testid="email-details">
      <Table variant="vertical" layout="fixed" verticalSpacing={6} aria-label="Email">
        <Table.Tbody>
          {rows.map(([name, value]) => (
            <Table.Tr key={name as string}>
              <Table.Th scope="row" w="30%" fw={550}>
                {name}
              </Table.Th>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <History email={email} />
      {email.html !== null && <SandboxedHtml title={`Email: ${email.subject}`} html={email.html} />}
    </Stack>
  );
}

type Entry = EmailDetail['history'][number];

const words: Record<Entry['kind'], string> = {
  queued: 'Queued',
  sent: 'Sent',
  delivered: 'Delivered',
  opened: 'Opened',
  clicked: 'Clicked',
  bounced: 'Bounced',
  complained: 'Marked as spam',
  unsubscribed: 'Unsubscribed',
};

function titleOf({ kind, machine, permanent }: Entry): string {
  if (machine) return `${words[kind]} by a machine`;
  return kind === 'bounced' ? `Bounced, ${permanent ? 'for good' : 'for now'}` : words[kind];
}

function History({ email }: { email: EmailDetail }) {
  const times = useTimes();
  return (
    <Timeline bulletSize={14} lineWidth={2} active={email.history.length} aria-label="History">
      {email.history.map((entry, at) => (
        <Timeline.Item
          // biome-ignore lint/suspicious/noArrayIndexKey: entries only come in, and two may be alike
          key={at}
          title={titleOf(entry)}
          data-testid="email-history"
        >
          <Text size="xs" c="dimmed">
            {times.exact(entry.at)}
          </Text>
          {(entry.url ?? entry.reason) && (
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {entry.url ?? entry.reason}
            </Text>
          )}
        </Timeline.Item>
      ))}
    </Timeline>
  );
}
