import { Group, Select, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useSegments } from '../segments/queries.ts';
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
                entered <When time={segment.since} />,{' '}
                <TextLink
                  to="/segments/$id"
                  params={{ id: segment.id }}
                  search={{ tab: 'explain', person: person.id }}
                  aria-label={`Why in ${segment.name}?`}
                >
                  why?
                </TextLink>
              </Text>
            </Group>
          ))}
        </Stack>
      )}
      <WhyNot person={person} />
    </Panel>
  );
}

/** The way to the reason why the person is not in another segment. */
function WhyNot({ person }: { person: PersonDetail }) {
  const segments = useSegments();
  const navigate = useNavigate();
  const others = (segments.data?.items ?? []).filter(
    ({ id }) => !person.segments.some((segment) => segment.id === id),
  );
  if (others.length === 0) return null;
  return (
    <Select
      size="xs"
      mt="md"
      label="Why not in another?"
      placeholder="Choose a segment"
      searchable
      value={null}
      data={others.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(id) =>
        id && navigate({ to: '/segments/$id', params: { id }, search: { tab: 'explain', person: person.id } })
      }
    />
  );
}
