import { ActionIcon, Button, Group, Modal, Stack, TextInput, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPencil } from '@tabler/icons-react';
import { useState } from 'react';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { useRenameSegment } from './queries.ts';

/** Another name for a segment that has no rule to be saved with. */
export function RenameSegment({ id, name }: { id: string; name: string }) {
  const [opened, { open, close }] = useDisclosure();
  const [typed, setTyped] = useState(name);
  const rename = useRenameSegment(id);
  const submit = async () => {
    const renamed = await rename.mutateAsync(typed).catch(() => undefined);
    if (renamed) close();
  };
  return (
    <>
      <Tooltip label="Rename">
        <ActionIcon
          variant="default"
          size={36}
          aria-label="Rename segment"
          onClick={() => {
            setTyped(name);
            rename.reset();
            open();
          }}
        >
          <IconPencil size={16} />
        </ActionIcon>
      </Tooltip>
      <Modal opened={opened} onClose={close} title="Rename the segment" centered>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <Stack>
            <TextInput
              label="Name"
              required
              data-autofocus
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              error={fieldError(rename.error, 'name')}
            />
            <Failure error={otherError(rename.error, 'name')} />
            <Group justify="flex-end">
              <Button type="submit" loading={rename.isPending}>
                Rename
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
