import { Card, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMe } from '../access/queries.ts';
import type { Program } from './queries.ts';
import { senderText } from './words.ts';

/** What holds for a program and for all its locations that say nothing else. */
export function ProgramFacts({ program }: { program: Program }) {
  const zone = useMe().data?.workspace.timezone;
  const { timezone, sender, external_id } = program;
  return (
    <Card bg="var(--surface)">
      <SimpleGrid component="dl" cols={{ base: 1, xs: 2, md: 4 }} m={0}>
        <Fact label="Time zone" given={timezone} otherwise={`${zone}, the workspace’s`} />
        <Fact label="Emails come from" given={senderText(sender)} otherwise="As the sending account" />
        <Fact label="Answers go to" given={sender.reply_to} otherwise="Where they came from" />
        <Fact label="External id" given={external_id} otherwise="None: no document is about it" />
      </SimpleGrid>
    </Card>
  );
}

function Fact({
  label,
  given,
  otherwise,
}: {
  label: string;
  given: string | null | undefined;
  otherwise: ReactNode;
}) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <Text
        component="dd"
        size="sm"
        m={0}
        c={given ? undefined : 'dimmed'}
        style={{ overflowWrap: 'anywhere' }}
      >
        {given ?? otherwise}
      </Text>
    </div>
  );
}
