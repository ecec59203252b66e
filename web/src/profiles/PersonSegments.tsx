import { Group, Stack, Text } from '@mantine/core';
import { TextLink } from '../shared/links.tsx';
import { Panel } from '../shared/Panel.tsx';
import { When } from '../shared/When.tsx';
import type { PersonDetail } from './queries.ts';

/** The segments the person is in now. */
export function PersonSegments({ person }: { person: PersonDetail }) {
  return (
    <Panel title="Segments">
      {person.segments.length === 0 ? (
        <Text size="sm" c="dimmed">
          In no segment.
        </Text>
      ) : (
        <Stack gap="xs">
          {person.segments.map((segment) => (
            <Group key={segment.id} justify="space-between" gap="xs">
              <TextLink to="/segments/$id" params={{ id: segment.id }} fz="sm">
                {segment.name}
              </TextLink>
              <Text size="xs" c="dimmed">
                entered <When time={segment.since} />
              </Text>
            </Group>
          ))}
        </Stack>
      )}
    </Panel>
  );
}
