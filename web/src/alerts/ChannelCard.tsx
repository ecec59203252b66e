import { Alert, Badge, Button, Card, Group, Text, ThemeIcon, Title } from '@mantine/core';
import { Confirm } from '../shared/Confirm.tsx';
import { number } from '../shared/format.ts';
import { done, failed } from '../shared/notify.ts';
import { When } from '../shared/When.tsx';
import { channelKinds } from './channelKinds.ts';
import { type Channel, useRemoveChannel, useSaveChannel, useTestChannel } from './queries.ts';

interface Props {
  channel: Channel;
  /** Undefined for who may not change channels. */
  edit: (() => void) | undefined;
}

/** One channel: where it leads, whether messages arrive, and what the other side says to a test. */
export function ChannelCard({ channel, edit }: Props) {
  const { id, name, kind, target, paused, arrived_at, last_error } = channel;
  const test = useTestChannel(id);
  const { label, icon: Sign } = channelKinds[kind];
  return (
    <Card component="article" aria-label={name} bg="var(--surface)" data-testid="channel">
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <Group gap="sm" wrap="nowrap" miw={0} align="flex-start">
          <ThemeIcon variant="light" size={36} radius="md" aria-hidden>
            <Sign size={19} stroke={1.7} />
          </ThemeIcon>
          <div style={{ minWidth: 0 }}>
            <Title order={3} style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Title>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {label}, {target}
            </Text>
          </div>
        </Group>
        {paused ? (
          <Badge color="marigold">paused</Badge>
        ) : last_error ? (
          <Badge color="red">failing</Badge>
        ) : null}
      </Group>
      <Text size="sm" c="dimmed" mt="xs">
        {arrived_at ? (
          <>
            The last message arrived <When time={arrived_at} />.
          </>
        ) : (
          'No message arrived yet.'
        )}
      </Text>
      {last_error && !test.data && (
        <Text size="sm" c="var(--danger)" style={{ overflowWrap: 'anywhere' }}>
          {last_error}
        </Text>
      )}
      {test.data && (
        <Alert
          mt="sm"
          color={test.data.arrived ? 'spruce' : 'red'}
          title={test.data.arrived ? 'The test message arrived' : 'The test message did not arrive'}
          data-testid="channel-test"
          role="status"
        >
          <span style={{ overflowWrap: 'anywhere' }}>
            {test.data.said} ({number(test.data.took_ms)} ms)
          </span>
        </Alert>
      )}
      {edit && <Buttons channel={channel} edit={edit} test={test} />}
    </Card>
  );
}

function Buttons({
  channel,
  edit,
  test,
}: {
  channel: Channel;
  edit: () => void;
  test: ReturnType<typeof useTestChannel>;
}) {
  const { id, name, paused } = channel;
  const save = useSaveChannel(id);
  const remove = useRemoveChannel(id);
  return (
    <Group gap="xs" mt="md">
      <Button
        size="compact-sm"
        variant="default"
        loading={test.isPending}
        onClick={() => test.mutate(undefined, { onError: failed })}
      >
        Send a test
      </Button>
      <Button size="compact-sm" variant="default" onClick={edit}>
        Change
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        loading={save.isPending}
        onClick={() =>
          save.mutate(
            { paused: !paused },
            {
              onSuccess: () => done(paused ? `${name} is told again.` : `${name} is paused.`),
              onError: failed,
            },
          )
        }
      >
        {paused ? 'Resume' : 'Pause'}
      </Button>
      <Confirm
        title={`Remove “${name}”?`}
        verb="Remove channel"
        danger
        run={() => remove.mutateAsync(undefined)}
        trigger={(open) => (
          <Button size="compact-sm" variant="default" onClick={open}>
            Remove
          </Button>
        )}
      >
        Its address and its secret are lost, and messages that wait for it. Nobody is told by it any more.
      </Confirm>
    </Group>
  );
}
