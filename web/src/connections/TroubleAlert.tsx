import { Alert, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useSearch } from '@tanstack/react-router';
import { ButtonLink } from '../shared/links.tsx';
import { When } from '../shared/When.tsx';
import { ConfirmRemovals } from './ConnectionActions.tsx';
import type { Connection } from './queries.ts';
import { useMayEdit } from './useMayEdit.ts';

/** Trouble that passes by itself is a warning; what needs somebody is more. */
const settings = new Set(['credentials_refused', 'gone', 'misconfigured']);

/** Why it does not go well, and what to do about it. */
export function TroubleAlert({ connection }: { connection: Connection }) {
  const { id, trouble, state } = connection;
  const may = useMayEdit();
  const { tab } = useSearch({ from: '/shell/connections/$id' });
  if (!trouble) return null;
  const bad = state === 'failing' || state === 'credentials_refused';
  return (
    <Alert
      color={bad ? 'red' : 'marigold'}
      icon={<IconAlertTriangle />}
      title={trouble.message}
      data-testid="connection-trouble"
    >
      <Text size="sm">
        {trouble.hint} Since <When time={trouble.since} />
        {!settings.has(trouble.code) && trouble.code !== 'removals_held' && (
          <>
            ; tried again <When time={connection.next_run_at} />
          </>
        )}
        .
      </Text>
      <Group gap="xs" mt={8}>
        {may && trouble.code === 'removals_held' && <ConfirmRemovals connection={connection} />}
        {may && settings.has(trouble.code) && tab !== 'settings' && (
          <ButtonLink size="compact-sm" to="/connections/$id" params={{ id }} search={{ tab: 'settings' }}>
            {trouble.code === 'credentials_refused' ? 'Give new credentials' : 'Check its settings'}
          </ButtonLink>
        )}
      </Group>
    </Alert>
  );
}
