import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { NameForm } from './NameForm.tsx';
import { useCreateDashboard } from './queries.ts';

/** Makes an empty dashboard and goes there. */
export function NewDashboard() {
  const [opened, { open, close }] = useDisclosure();
  const create = useCreateDashboard();
  const navigate = useNavigate();
  return (
    <>
      <Button onClick={open}>New dashboard</Button>
      <NameForm
        opened={opened}
        onClose={() => {
          create.reset();
          close();
        }}
        title="New dashboard"
        verb="Create dashboard"
        placeholder="Every Monday"
        error={create.error}
        busy={create.isPending}
        save={(name) =>
          create.mutate(
            { name },
            { onSuccess: ({ id }) => void navigate({ to: '/dashboards/$id', params: { id } }) },
          )
        }
      />
    </>
  );
}
