import { Anchor, Collapse, List, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { count, number } from '../shared/format.ts';
import { TextLink } from '../shared/links.tsx';
import { Panel } from '../shared/Panel.tsx';
import { leftAloneWords } from './pushing.ts';
import { type Connection, useLeftAlone } from './queries.ts';

/** Who of the segment is not pushed, and why. Nothing while everybody is. */
export function LeftAlone({ connection }: { connection: Connection }) {
  const { data } = useLeftAlone(connection.id, connection.last_run);
  const [opened, { toggle }] = useDisclosure();
  if (!data || data.items.length === 0) return null;
  const total = Object.values(data.counts).reduce((sum, one) => sum + one, 0);
  return (
    <Panel title="Left alone">
      <Stack gap="xs" data-testid="left-alone">
        <Text size="sm">
          {number(connection.records - total)} of {count(connection.records, 'person is', 'people are')}{' '}
          pushed. Left alone are
        </Text>
        <List size="sm">
          {Object.entries(data.counts).map(([reason, many]) => (
            <List.Item key={reason}>
              {number(many)} {leftAloneWords[reason] ?? reason}
            </List.Item>
          ))}
        </List>
        <Anchor component="button" type="button" size="sm" ta="start" onClick={toggle} aria-expanded={opened}>
          {opened ? 'Hide them' : 'Who they are'}
        </Anchor>
        <Collapse expanded={opened}>
          <List size="sm" listStyleType="none">
            {data.items.map(({ id, address, reason }) => (
              <List.Item key={id} style={{ overflowWrap: 'anywhere' }}>
                <TextLink to="/people/$id" params={{ id }}>
                  {address ?? id}
                </TextLink>
                , {leftAloneWords[reason] ?? reason}
              </List.Item>
            ))}
          </List>
          {data.items.length < total && (
            <Text size="xs" c="dimmed">
              The first {number(data.items.length)} of {number(total)}.
            </Text>
          )}
        </Collapse>
      </Stack>
    </Panel>
  );
}
