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

/** Where it can be mended, as the server names it for those who have no page. */
const see = /See \/connections\/([\w-]+)\.\s*/;

function Refused({ error }: { error: ApiError }) {
  const hint = error.hint ?? '';
  const id = see.exec(hint)?.[1];
  return (
    <Card bg="var(--surface)" data-testid="stale-refusal">
      <EmptyState
        icon={IconClockExclamation}
        title="No numbers while a connection is stale"
        action={
          <Stack gap="sm" align="center">
            <Text size="sm" maw={520}>
              {hint.replace(see, '')}
            </Text>
            <Group gap="xs" justify="center">
              {id ? (
                <ButtonLink to="/connections/$id" params={{ id }}>
                  See the connection
                </ButtonLink>
              ) : (
                <ButtonLink to="/connections">See connections</ButtonLink>
              )}
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
