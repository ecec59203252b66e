import { Badge, Code, Group, Text } from '@mantine/core';
import { useTimes } from '../shared/format.ts';
import { Panel } from '../shared/Panel.tsx';
import classes from './PersonIdentities.module.css';
import type { PersonDetail } from './queries.ts';
import { sourceText } from './sourceText.ts';

type Identity = PersonDetail['identities'][number];

const kinds: Record<Identity['kind'], string> = {
  user: 'user id',
  anonymous: 'anonymous id',
  previous: 'previous id',
};

/** By what an id came to be the person's, in plain words. */
function joinedBy({ message }: Identity): string {
  if (!message) return 'by a message that was not found any more';
  const words: Record<string, string> = {
    alias: 'by an alias',
    identify: 'by signing in (identify)',
    group: 'by joining a group',
  };
  return `${words[message.type] ?? `by a ${message.type} event that had both ids`}, ${sourceText(message.source)}`;
}

function Branch({ of, all }: { of: Identity; all: readonly Identity[] }) {
  const times = useTimes();
  const joined = all.filter((one) => one.joined_to === of.id);
  return (
    <li data-testid="identity">
      <Group gap={8} wrap="wrap">
        <Code className={classes.id}>{of.id}</Code>
        <Badge color="gray">{kinds[of.kind]}</Badge>
      </Group>
      {of.since !== null && (
        <Text size="xs" c="dimmed" mt={2} title={of.message?.message_id}>
          since {times.time(of.since)}, {joinedBy(of)}
        </Text>
      )}
      {joined.length > 0 && (
        <ul className={classes.tree}>
          {joined.map((one) => (
            <Branch key={one.id} of={one} all={all} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** The ids a person is known by, and how they came together. */
export function PersonIdentities({ person: { id, identities } }: { person: PersonDetail }) {
  const own = identities.find((one) => one.id === id);
  if (!own) return null;
  return (
    <Panel title="Known as">
      <ul className={classes.root}>
        <Branch of={own} all={identities} />
      </ul>
      {identities.length > 1 && (
        <Text size="xs" c="dimmed" mt="sm">
          What happened under any of these ids is this person's, before they were joined too.
        </Text>
      )}
    </Panel>
  );
}
