import { Card, Group, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

interface Props {
  title: string;
  /** On the right of the title: a switch, a link, as of when. */
  aside?: ReactNode;
  children: ReactNode;
  /** Content up to the edge, e.g. a table. */
  flush?: boolean;
}

/** One subject on a page, with its name. */
export function Panel({ title, aside, children, flush }: Props) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id} bg="var(--surface)" style={{ minWidth: 0 }}>
      <Group justify="space-between" mb="sm" gap="xs">
        <Title order={2} id={id}>
          {title}
        </Title>
        {aside}
      </Group>
      {flush ? <Card.Section withBorder>{children}</Card.Section> : children}
    </Card>
  );
}
