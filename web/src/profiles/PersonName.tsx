import { Text } from '@mantine/core';
import { TextLink } from '../shared/links.tsx';
import { personName } from '../shared/personName.ts';

interface Props {
  person: { id: string; first_name?: string | null; last_name?: string | null; email?: string | null };
}

/** A person's name, leading to their page, over their address. */
export function PersonName({ person }: Props) {
  const name = personName(person);
  return (
    <div style={{ minWidth: 170 }}>
      <TextLink to="/people/$id" params={{ id: person.id }} fz="sm" fw={550}>
        {name}
      </TextLink>
      {person.email && person.email !== name && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {person.email}
        </Text>
      )}
    </div>
  );
}
