import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { done } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { useCreateStatic } from './queries.ts';

/** A segment whose people are picked: all it needs is a name. */
export function NewStatic() {
  const [name, setName] = useState('');
  const create = useCreateStatic();
  const navigate = useNavigate();
  const submit = async () => {
    const made = await create.mutateAsync(name).catch(() => undefined);
    if (!made) return;
    done(`Segment “${made.name}” is created.`);
    await navigate({ to: '/segments/$id', params: { id: made.id }, search: { tab: 'members' } });
  };
  return (
    <Panel title="People picked by hand">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack gap="md" maw={480}>
          <Text size="sm" c="dimmed">
            Nobody enters or leaves by themselves. You choose people on its page, one by one or with a file of
            ids or e-mail addresses.
          </Text>
          <TextInput
            label="Name"
            placeholder="Guests of the opening"
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fieldError(create.error, 'name')}
          />
          <Failure error={otherError(create.error, 'name')} />
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending}>
              Create segment
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
