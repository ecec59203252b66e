import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import classes from './Page.module.css';

interface Props {
  title: string;
  /** One line under the title: what this page is for, or the state of the thing it shows. */
  description?: ReactNode;
  /** Beside the title, e.g. a status. */
  mark?: ReactNode;
  /** Above the title: the way back. */
  back?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every page: title, what it is for, what can be done, content. */
export function Page({ title, description, mark, back, actions, children }: Props) {
  useDocumentTitle(`${title} · Rapport`);
  return (
    <Stack gap="lg" className={classes.page}>
      <header className={classes.head}>
        <Box miw={0}>
          {back && (
            <Text size="sm" mb={4}>
              {back}
            </Text>
          )}
          <Group gap="sm">
            <Title order={1} className={classes.title}>
              {title}
            </Title>
            {mark}
          </Group>
          {description && (
            <Text c="dimmed" mt={4} size="sm" component="div">
              {description}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </header>
      {children}
    </Stack>
  );
}
