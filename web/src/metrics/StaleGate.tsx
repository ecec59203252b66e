import { Card, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useMe } from '../access/queries.ts';
import { ApiError } from '../api/client.ts';
import { EmptyState } from '../shared/EmptyState.tsx';
import { ButtonLink } from '../shared/links.tsx';
import { useWhetherFresh } from './queries.ts';

/** Where a workspace wants no numbers over stale connections, one question tells whether there are any: not a dozen. */
export function StaleGate({ children }: { children: ReactNode }) {
  const required = useMe().data?.workspace.require_fresh_connections ?? false;
  const asked = useWhetherFresh(required);
  if (!required) return children;
  if (asked.isPending) return <Skeleton h={320} />;
  if (asked.error instanceof ApiError && asked.error.code === 'stale') return <Refused error={asked.error} />;
  return children;
}

function Refused({ error }: { error: ApiError }) {
  return (
    <Card bg="var(--surface)" data-testid="stale-refusal">
      <EmptyState
        icon={IconClockExclamation}
        title="No numbers while a connection is stale"
        action={
          <Stack gap="sm" align="center">
            <Text size="sm" maw={520}>
              {error.hint}
            </Text>
            <Group gap="xs" justify="center">
              <ButtonLink to="/connections">See connections</ButtonLink>
              <ButtonLink to="/settings" variant="default">
                Workspace settings
              </ButtonLink>
            </Group>
          </Stack>
        }
      >
        {error.message}
      </EmptyState>
    </Card>
  );
}
