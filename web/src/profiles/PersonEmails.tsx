import { Group, Stack, Text } from '@mantine/core';
import { Panel } from '../shared/Panel.tsx';
import { Status } from '../shared/Status.tsx';
import { When } from '../shared/When.tsx';
import type { PersonDetail } from './queries.ts';

/** What was written to the person. */
export function PersonEmails({ person }: { person: PersonDetail }) {
  return (
    <Panel title="Emails">
      {person.emails.length === 0 ? (
        <Text size="sm" c="dimmed">
          Never written to.
        </Text>
      ) : (
        <Stack gap="sm">
          {person.emails.map((email) => (
            <Group key={email.id} justify="space-between" gap="xs" wrap="nowrap">
              <div style={{ minWidth: 0 }}>
                <Text size="sm" truncate>
                  {email.subject}
                </Text>
                <Text size="xs" c="dimmed">
                  {email.campaign_name ? `${email.campaign_name}, ` : null}
                  <When time={email.time} />
                </Text>
              </div>
              <Status value={email.status} />
            </Group>
          ))}
        </Stack>
      )}
    </Panel>
  );
}
