import { Button, Code, Group, List, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconEraser } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useMe } from '../access/queries.ts';
import { Failure } from '../shared/Failure.tsx';
import { type PersonDetail, useErase } from './queries.ts';

/** Erases a person for good. Their id must be typed: it cannot be taken back. Only for who may. */
export function ErasePerson({ person: { id, identities } }: { person: PersonDetail }) {
  const [opened, { open, close }] = useDisclosure();
  const [typed, setTyped] = useState('');
  const erase = useErase();
  const navigate = useNavigate();
  const mayErase = useMe().data?.role === 'admin';
  if (!mayErase) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed !== id) return;
    erase.mutate(id, {
      onSuccess: (erasure) => navigate({ to: '/erasures/$id', params: { id: erasure.id } }),
    });
  };
  return (
    <>
      <Button
        variant="default"
        c="var(--danger)"
        leftSection={<IconEraser size={16} />}
        onClick={() => {
          setTyped('');
          erase.reset();
          open();
        }}
      >
        Erase…
      </Button>
      <Modal opened={opened} onClose={close} title="Erase this person for good?" centered>
        <form onSubmit={submit}>
          <Stack>
            <Text size="sm">This cannot be taken back. What goes:</Text>
            <List size="sm" spacing={4}>
              <List.Item>
                every message, event and attribute of the person
                {identities.length > 1 && `, under all ${identities.length} ids`}
              </List.Item>
              <List.Item>their place in segments and campaigns, and the emails written to them</List.Item>
              <List.Item>
                their addresses: they are never written to again, and only a keyed hash of each is kept
              </List.Item>
            </List>
            <Text size="sm">
              Copies made before (backups, exports) and lists held elsewhere are yours to clear.
            </Text>
            <TextInput
              label={
                <>
                  To erase, type <Code style={{ overflowWrap: 'anywhere' }}>{id}</Code>
                </>
              }
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
            />
            <Failure error={erase.error} />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>
                Keep as it is
              </Button>
              <Button type="submit" color="red.8" disabled={typed !== id} loading={erase.isPending}>
                Erase
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
