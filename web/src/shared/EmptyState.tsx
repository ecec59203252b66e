import { Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface Props {
  icon: Icon;
  title: string;
  /** What this list is for. */
  children: ReactNode;
  /** The one button that fills it. */
  action?: ReactNode;
}

/** A list with nothing in it: says what it is for and how to fill it. */
export function EmptyState({ icon: Sign, title, children, action }: Props) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <ThemeIcon variant="light" size={52} radius="xl" aria-hidden>
        <Sign size={26} stroke={1.6} />
      </ThemeIcon>
      <Title order={3} mt="xs">
        {title}
      </Title>
      <Text c="dimmed" size="sm" maw={420}>
        {children}
      </Text>
      {action && <div style={{ marginTop: 8 }}>{action}</div>}
    </Stack>
  );
}
