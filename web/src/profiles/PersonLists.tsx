import { Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { TextLink } from '../shared/links.tsx';
import { Panel } from '../shared/Panel.tsx';
import { When } from '../shared/When.tsx';
import type { PersonDetail } from './queries.ts';

/** A name, and what there is to say of it. */
function Line({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <Group justify="space-between" gap="xs">
      <Text size="sm" component="div">
        {name}
      </Text>
      <Text size="xs" c="dimmed" component="div">
        {children}
      </Text>
    </Group>
  );
}

/** Where the person is a customer; nothing where there are no locations. */
export function PersonLocations({ person: { locations } }: { person: PersonDetail }) {
  if (!locations || locations.length === 0) return null;
  return (
    <Panel title="Locations">
      <Stack gap="xs">
        {locations.map(({ name, program, since }) => (
          <Line key={`${program} ${name}`} name={name}>
            {program && `${program}, `}
            since <When time={since} />
          </Line>
        ))}
      </Stack>
    </Panel>
  );
}

/** Lists held elsewhere that hold the person; nothing where there are none. */
export function PersonConnections({ person: { connections } }: { person: PersonDetail }) {
  if (connections.length === 0) return null;
  return (
    <Panel title="Connections">
      <Stack gap="xs">
        {connections.map(({ id, name, record, listed, as_of }) => (
          <Line
            key={`${id} ${record}`}
            name={
              <TextLink to="/connections/$id" params={{ id }}>
                {name}
              </TextLink>
            }
          >
            {listed ? 'on the list' : 'known there, not on the list'}, taken over <When time={as_of} />
          </Line>
        ))}
      </Stack>
    </Panel>
  );
}
