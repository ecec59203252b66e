import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  verb: string;
  placeholder?: string;
  initial?: string;
  error: unknown;
  busy: boolean;
  save: (name: string) => void;
}

/** Asks for a name. */
export function NameForm({ opened, onClose, title, ...form }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      {opened && <Form {...form} />}
    </Modal>
  );
}

function Form({
  verb,
  placeholder,
  initial = '',
  error,
  busy,
  save,
}: Omit<Props, 'opened' | 'onClose' | 'title'>) {
  const [name, setName] = useState(initial);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save(name.trim());
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          required
          data-autofocus
          placeholder={placeholder}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fieldError(error, 'name')}
        />
        <Failure error={otherError(error, 'name')} />
        <Group justify="flex-end">
          <Button type="submit" loading={busy}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
