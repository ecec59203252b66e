import { Card, Group } from '@mantine/core';
import { IconSeeding } from '@tabler/icons-react';
import { EmptyState } from '../shared/EmptyState.tsx';
import { ButtonLink } from '../shared/links.tsx';

/** Nothing has come in yet. */
export function FirstSteps() {
  return (
    <Card bg="var(--surface)">
      <EmptyState
        icon={IconSeeding}
        title="Nobody here yet"
        action={
          <Group gap="xs" justify="center">
            <ButtonLink to="/imports">Import customers</ButtonLink>
            <ButtonLink to="/connections/new" variant="default">
              Connect a list
            </ButtonLink>
          </Group>
        }
      >
        Rapport fills with what your customers do and who they are. Import a CSV file of customers, connect a
        list held elsewhere, or point a Segment SDK at this address with a write key from the settings.
      </EmptyState>
    </Card>
  );
}
