import { Card, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { EmptyState } from '../shared/EmptyState.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { IncidentCard } from './IncidentCard.tsx';
import { useIncidents } from './queries.ts';

/** What is not well now, and below it what was. */
export function Incidents() {
  const open = useIncidents(true);
  const over = useIncidents(false);
  return (
    <Stack gap="lg">
      <Loaded query={open}>
        {({ items }) =>
          items.length === 0 ? (
            <Card bg="var(--surface)">
              <EmptyState icon={IconCircleCheck} title="All is well">
                When a connection falls behind, or an account that sends emails is refused, it stands here,
                and the channels are told: once when it begins, and once when it is over.
              </EmptyState>
            </Card>
          ) : (
            <Stack gap="sm">
              {items.map((incident) => (
                <IncidentCard key={incident.id} incident={incident} />
              ))}
            </Stack>
          )
        }
      </Loaded>
      {over.data && over.data.items.length > 0 && (
        <Stack gap="sm">
          <Title order={2}>Over</Title>
          {over.data.items.map((incident) => (
            <IncidentCard key={incident.id} incident={incident} />
          ))}
          <Text size="xs" c="dimmed">
            Kept for 90 days.
          </Text>
        </Stack>
      )}
    </Stack>
  );
}
