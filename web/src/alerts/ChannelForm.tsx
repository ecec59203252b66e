import { Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { done } from '../shared/notify.ts';
import { channelKinds } from './channelKinds.ts';
import { type Channel, type NewChannel, useAddChannel, useSaveChannel } from './queries.ts';

interface Props {
  /** The channel to change; a new one is made without. */
  channel: Channel | undefined;
  close: () => void;
  /** Given the secret messages are signed with, which is not to be had again. */
  onSecret: (made: { name: string; secret: string }) => void;
}

/** Adds a channel, or changes one. */
export function ChannelForm({ channel, close, onSecret }: Props) {
  const add = useAddChannel();
  const save = useSaveChannel(channel?.id ?? '');
  const [kind, setKind] = useState<Channel['kind']>(channel?.kind ?? 'slack');
  const [name, setName] = useState(channel?.name ?? '');
  const [address, setAddress] = useState(channel?.kind === 'email' ? channel.target : '');
  const error = add.error ?? save.error;
  const words = channelKinds[kind];
  const field = kind === 'email' ? 'to' : 'url';
  const kept = channel !== undefined && kind !== 'email';
  const submit = () => {
    const then = {
      onSuccess: () => {
        done(`${name} is saved.`);
        close();
      },
    };
    if (channel) return save.mutate({ name, ...(address ? { [field]: address } : {}) }, then);
    add.mutate({ kind, name, [field]: address } as NewChannel, {
      onSuccess: (made) => {
        if (made.secret) onSecret({ name: made.name, secret: made.secret });
        then.onSuccess();
      },
    });
  };
  return (
    <Modal opened onClose={close} title={channel ? `Change ${channel.name}` : 'New channel'} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          {!channel && (
            <div>
              <SegmentedControl
                fullWidth
                aria-label="Kind of channel"
                value={kind}
                onChange={(value) => {
                  setKind(value as Channel['kind']);
                  setAddress('');
                }}
                data={Object.entries(channelKinds).map(([value, { label }]) => ({ value, label }))}
              />
              <Text size="xs" c="dimmed" mt={6}>
                {words.about}
              </Text>
            </div>
          )}
          <TextInput
            label="Name"
            placeholder="On call"
            required
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fieldError(error, 'name')}
          />
          <TextInput
            label={kind === 'email' ? 'Email address' : 'Web address'}
            description={kind === 'email' ? undefined : 'Kept sealed; only its host is shown.'}
            placeholder={kept ? 'Kept as it is' : words.placeholder}
            required={!kept}
            autoComplete="off"
            spellCheck={false}
            type={kind === 'email' ? 'email' : 'url'}
            value={address}
            onChange={(event) => setAddress(event.currentTarget.value)}
            error={fieldError(error, field)}
          />
          <Failure error={otherError(error, 'name', field)} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending || save.isPending}>
              {channel ? 'Save channel' : 'Add channel'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
