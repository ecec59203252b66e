import { Group, List, Stack, Text } from '@mantine/core';
import { useEmails } from '../../delivery/queries.ts';
import { ResendAll } from '../../delivery/ResendAll.tsx';
import { count, number } from '../../shared/format.ts';
import { TextLink } from '../../shared/links.tsx';
import { Panel } from '../../shared/Panel.tsx';

interface Props {
  campaign: string;
  failed: number;
  held: number;
}

/** Emails that did not go out, why, and the button that sends them again. */
export function Failures({ campaign, failed, held }: Props) {
  if (failed + held === 0) return null;
  return (
    <Panel title="Emails that need you">
      <Stack>
        {failed > 0 && (
          <Kind
            campaign={campaign}
            status="failed"
            all={failed}
            what={count(failed, 'email failed', 'emails failed')}
          />
        )}
        {held > 0 && (
          <Kind
            campaign={campaign}
            status="held"
            all={held}
            what={`${count(held, 'email is', 'emails are')} held: nobody knows whether they were sent`}
          />
        )}
      </Stack>
    </Panel>
  );
}

interface KindProps {
  campaign: string;
  status: 'failed' | 'held';
  all: number;
  what: string;
}

function Kind({ campaign, status, all, what }: KindProps) {
  const emails = useEmails({ campaign, status }).data?.pages[0]?.items ?? [];
  const reasons = new Map<string, number>();
  for (const { last_error } of emails) {
    const reason = last_error ?? 'No reason is known.';
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return (
    <div data-testid={`report-${status}`}>
      <Group justify="space-between" mb={4}>
        <Text size="sm" fw={550}>
          <TextLink to="/emails" search={{ campaign, status }}>
            {what}
          </TextLink>
        </Text>
        <ResendAll status={status} campaign={campaign} />
      </Group>
      <List size="sm">
        {[...reasons]
          .sort(([, a], [, b]) => b - a)
          .map(([reason, emails]) => (
            <List.Item key={reason} style={{ overflowWrap: 'anywhere' }}>
              {number(emails)} × {reason}
            </List.Item>
          ))}
      </List>
      {all > emails.length && emails.length > 0 && (
        <Text size="xs" c="dimmed" mt={4}>
          Reasons of the newest {number(emails.length)}.
        </Text>
      )}
    </div>
  );
}
