import { Group, Stack, Text } from '@mantine/core';
import { consentText, suppressionText } from '../shared/consentText.ts';
import { Panel } from '../shared/Panel.tsx';
import { When } from '../shared/When.tsx';
import type { PersonDetail } from './queries.ts';

/** What the person's addresses said of emails; nothing where they said nothing. */
export function PersonConsents({ person: { consents } }: { person: PersonDetail }) {
  if (consents.length === 0) return null;
  return (
    <Panel title="Consents">
      <Stack gap="sm">
        {consents.map(({ address, program_id, program, status, time, confirmed_at }) => (
          <Group key={`${program_id} ${address}`} justify="space-between" gap="xs" wrap="nowrap">
            <div style={{ minWidth: 0 }}>
              <Text size="sm" truncate>
                {program_id === null ? 'All emails' : (program ?? 'A program that is no more')}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {address || 'kept as a hash only'}
              </Text>
            </div>
            <Text size="xs" c="dimmed" ta="right">
              {program_id === null
                ? `none: ${suppressionText(status)}`
                : consentText(status, confirmed_at !== null)}
              , <When time={time} />
            </Text>
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
