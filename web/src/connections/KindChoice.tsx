import { Group, SimpleGrid, Text, ThemeIcon, UnstyledButton } from '@mantine/core';
import classes from './KindChoice.module.css';
import { kindWords } from './kindWords.tsx';
import type { Kind } from './queries.ts';

/** What can be connected, one card a kind. */
export function KindChoice({ kinds, choose }: { kinds: Kind[]; choose: (kind: Kind) => void }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      {kinds.map((kind) => {
        const { icon: Sign, about } = kindWords(kind.kind);
        return (
          <UnstyledButton key={kind.kind} className={classes.kind} onClick={() => choose(kind)}>
            <Group wrap="nowrap" align="flex-start">
              <ThemeIcon variant="light" size={42} radius="md" aria-hidden>
                <Sign size={22} stroke={1.6} />
              </ThemeIcon>
              <div>
                <Text fw={600}>{kind.label}</Text>
                <Text size="sm" c="dimmed">
                  {about}
                </Text>
              </div>
            </Group>
          </UnstyledButton>
        );
      })}
    </SimpleGrid>
  );
}
