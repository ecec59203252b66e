import { Badge, Button, Card, Group, List, Modal, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Loaded } from '../../shared/Loaded.tsx';
import { When } from '../../shared/When.tsx';
import { ReadFlow } from '../flow/ReadFlow.tsx';
import { type Campaign, useVersions, type Version } from '../queries.ts';
import { changesBetween } from './changes.ts';

/** Every definition the campaign ran by, and what each changed. */
export function Versions({ campaign }: { campaign: Campaign }) {
  const versions = useVersions(campaign.id);
  const [shown, setShown] = useState<Version>();
  return (
    <Loaded query={versions}>
      {({ items }) => (
        <Stack gap="sm">
          {items.map((one, at) => (
            <Card key={one.version} padding="sm" bg="var(--surface)" data-testid="version">
              <Group justify="space-between">
                <Group gap="xs">
                  <Title order={3}>Version {one.version}</Title>
                  {one.version === campaign.version && <Badge>now</Badge>}
                  <Text size="sm" c="dimmed">
                    <When time={one.created_at} />
                  </Text>
                </Group>
                <Button size="compact-sm" variant="default" onClick={() => setShown(one)}>
                  Show
                </Button>
              </Group>
              <Changes version={one} before={items[at + 1]} />
            </Card>
          ))}
          {shown && (
            <Modal
              opened
              size="xl"
              onClose={() => setShown(undefined)}
              title={`Version ${shown.version} of ${campaign.name}`}
            >
              <ReadFlow definition={shown.definition} />
            </Modal>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

function Changes({ version, before }: { version: Version; before: Version | undefined }) {
  if (!before) {
    return (
      <Text size="sm" mt={6}>
        The first.
      </Text>
    );
  }
  const changes = changesBetween(before.definition, version.definition);
  return (
    <List size="sm" mt={6}>
      {(changes.length > 0 ? changes : ['Saved without a change.']).map((one) => (
        <List.Item key={one}>{one}</List.Item>
      ))}
    </List>
  );
}
