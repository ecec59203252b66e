import { Anchor, Button, Code, Group, Stack, Table, Tabs, Text, Title } from '@mantine/core';
import { useTimes } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { SandboxedHtml } from '../shared/SandboxedHtml.tsx';
import { type MailDetail, useMail } from './queries.ts';

/** One email: as a person sees it, as text, and its headers. */
export function MailReader({ id }: { id: string }) {
  const mail = useMail(id);
  return <Loaded query={mail}>{(one) => <Mail mail={one} />}</Loaded>;
}

function Mail({ mail }: { mail: MailDetail }) {
  const times = useTimes();
  return (
    <Stack gap="sm" data-testid="mail-reader">
      <Title order={2} style={{ overflowWrap: 'anywhere' }}>
        {mail.subject}
      </Title>
      <Group justify="space-between" gap="xs" align="flex-end">
        <Text size="sm" c="dimmed" component="div" style={{ overflowWrap: 'anywhere' }}>
          <div>From {mail.from}</div>
          <div>
            To{' '}
            {mail.person_id ? (
              <TextLink to="/people/$id" params={{ id: mail.person_id }}>
                {mail.to}
              </TextLink>
            ) : (
              mail.to
            )}
          </div>
          <div>{times.exact(mail.received_at)}</div>
        </Text>
        {mail.unsubscribe_url && (
          <Button component="a" href={mail.unsubscribe_url} target="_blank" size="xs" variant="default">
            Unsubscribe
          </Button>
        )}
      </Group>
      <Tabs defaultValue="html">
        <Tabs.List mb="sm">
          <Tabs.Tab value="html">Email</Tabs.Tab>
          <Tabs.Tab value="text">Text</Tabs.Tab>
          <Tabs.Tab value="headers">Headers</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="html">
          <SandboxedHtml title={`Email: ${mail.subject}`} html={mail.html} />
        </Tabs.Panel>
        <Tabs.Panel value="text">
          <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            {mail.text}
          </Code>
        </Tabs.Panel>
        <Tabs.Panel value="headers">
          <Table variant="vertical" layout="fixed" verticalSpacing={6} aria-label="Headers">
            <Table.Tbody>
              {mail.headers.map((header, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a header may occur twice
                <Table.Tr key={at}>
                  <Table.Th scope="row" w="34%" fw={550} style={{ overflowWrap: 'anywhere' }}>
                    {header.name}
                  </Table.Th>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{header.value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Tabs.Panel>
      </Tabs>
      {mail.unsubscribe_url && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          Unsubscribe link:{' '}
          <Anchor href={mail.unsubscribe_url} target="_blank" fz="inherit" data-testid="unsubscribe-link">
            {mail.unsubscribe_url}
          </Anchor>
        </Text>
      )}
    </Stack>
  );
}
