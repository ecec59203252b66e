import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { addDays } from '../metrics/range.ts';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { done } from '../shared/notify.ts';
import { useStartReprocessing } from './queries.ts';

interface Props {
  opened: boolean;
  onClose: () => void;
}

/** Which messages are derived again. */
export function ReprocessForm({ opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Reprocess messages" centered>
      {opened && <Form onClose={onClose} />}
    </Modal>
  );
}

function Form({ onClose }: Pick<Props, 'onClose'>) {
  const start = useStartReprocessing();
  const [from, setFrom] = useState('');
  const [last, setLast] = useState('');
  const [profiles, setProfiles] = useState(false);
  const everything = from === '' && last === '';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate(
          {
            ...(from ? { from } : {}),
            // The last day is in it; the API's end is not.
            ...(last ? { to: addDays(last, 1) } : {}),
            ...(profiles ? { profiles } : {}),
          },
          {
            onSuccess: () => {
              onClose();
              done('The reprocessing begins.');
            },
          },
        );
      }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          Messages received on these days, UTC. Without days: everything there is.
        </Text>
        <Group grow>
          <TextInput
            type="date"
            label="First day"
            value={from}
            max={last || undefined}
            onChange={(event) => setFrom(event.currentTarget.value)}
            error={fieldError(start.error, 'from')}
          />
          <TextInput
            type="date"
            label="Last day"
            value={last}
            min={from || undefined}
            onChange={(event) => setLast(event.currentTarget.value)}
            error={fieldError(start.error, 'to')}
          />
        </Group>
        <Checkbox
          label="People too"
          description="Attributes, identities, and when people were seen; always from all messages there are."
          checked={everything || profiles}
          disabled={everything}
          onChange={(event) => setProfiles(event.currentTarget.checked)}
        />
        <Failure error={otherError(start.error, 'from', 'to')} />
        <Group justify="flex-end">
          <Button type="submit" loading={start.isPending}>
            {everything ? 'Reprocess everything' : 'Reprocess these days'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
