import { Button, Card, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconBellRinging } from '@tabler/icons-react';
import { useState } from 'react';
import { useMe } from '../access/queries.ts';
import { EmptyState } from '../shared/EmptyState.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { ChannelCard } from './ChannelCard.tsx';
import { ChannelForm } from './ChannelForm.tsx';
import { type Channel, useChannels } from './queries.ts';
import { SigningSecret } from './SigningSecret.tsx';

/** Where alerts go. Admins change it. */
export function Channels() {
  const channels = useChannels();
  const admin = useMe().data?.role === 'admin';
  const [edited, setEdited] = useState<Channel | 'new'>();
  const [made, setMade] = useState<{ name: string; secret: string }>();
  const button = admin && <Button onClick={() => setEdited('new')}>New channel</Button>;
  return (
    <Stack>
      {made && <SigningSecret {...made} onClose={() => setMade(undefined)} />}
      <Loaded query={channels}>
        {({ items }) =>
          items.length === 0 ? (
            <Card bg="var(--surface)">
              <EmptyState icon={IconBellRinging} title="Nobody is told yet" action={button}>
                A channel is a webhook, Slack or an email address. It gets one message when something is not
                well, and one when it is again.{!admin && ' An admin can add one.'}
              </EmptyState>
            </Card>
          ) : (
            <>
              <Group justify="space-between" gap="xs">
                <Text size="sm" c="dimmed">
                  Every channel gets every message.
                </Text>
                {button}
              </Group>
              <SimpleGrid cols={{ base: 1, md: 2 }}>
                {items.map((channel) => (
                  <ChannelCard
                    key={channel.id}
                    channel={channel}
                    edit={admin ? () => setEdited(channel) : undefined}
                  />
                ))}
              </SimpleGrid>
            </>
          )
        }
      </Loaded>
      {edited && (
        <ChannelForm
          channel={edited === 'new' ? undefined : edited}
          close={() => setEdited(undefined)}
          onSecret={setMade}
        />
      )}
    </Stack>
  );
}
