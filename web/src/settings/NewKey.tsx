import { Button, Group, Modal, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { useCreateKey } from './queries.ts';

interface Props {
  opened: boolean;
  onClose: () => void;
  /** Given the key's text, which is not to be had again. */
  onMade: (key: string) => void;
}

/** What a new key is called and may do. */
export function NewKey({ opened, onClose, onMade }: Props) {
  const create = useCreateKey();
  const form = useForm({
    initialValues: {
      name: '',
      kind: 'write' as 'write' | 'api',
      role: 'editor' as 'viewer' | 'editor' | 'admin',
    },
  });
  const close = () => {
    create.reset();
    form.reset();
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title="New key" centered>
      <form
        onSubmit={form.onSubmit((values) =>
          create.mutate(values, {
            onSuccess: ({ key }) => {
              onMade(key);
              close();
            },
          }),
        )}
      >
        <Stack>
          <TextInput
            label="Name"
            placeholder="Web shop"
            required
            data-autofocus
            {...form.getInputProps('name')}
            error={fieldError(create.error, 'name')}
          />
          <div>
            <SegmentedControl
              fullWidth
              aria-label="Kind of key"
              data={[
                { value: 'write', label: 'Write key' },
                { value: 'api', label: 'API key' },
              ]}
              {...form.getInputProps('kind')}
            />
            <Text size="xs" c="dimmed" mt={6}>
              {form.values.kind === 'write'
                ? 'Sends messages, and can read nothing. It may stand in the source of a web page.'
                : 'Reads and changes this workspace through the API. Keep it secret.'}
            </Text>
          </div>
          {form.values.kind === 'api' && (
            <Select
              label="May"
              allowDeselect={false}
              data={[
                { value: 'viewer', label: 'read (viewer)' },
                { value: 'editor', label: 'read and change (editor)' },
                { value: 'admin', label: 'everything, keys too (admin)' },
              ]}
              {...form.getInputProps('role')}
            />
          )}
          <Failure error={otherError(create.error, 'name')} />
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending}>
              Make key
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
