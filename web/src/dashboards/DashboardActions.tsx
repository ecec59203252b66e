import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCheck, IconLink, IconPencil, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { Confirm } from '../shared/Confirm.tsx';
import { done } from '../shared/notify.ts';
import { NameForm } from './NameForm.tsx';
import { type Dashboard, useChangeDashboard, useDeleteDashboard } from './queries.ts';

/** Takes the link along, renames, deletes. */
export function DashboardActions({ dashboard }: { dashboard: Dashboard }) {
  const [opened, { open, close }] = useDisclosure();
  const change = useChangeDashboard(dashboard.id);
  const remove = useDeleteDashboard(dashboard.id);
  const navigate = useNavigate();
  return (
    <>
      <CopyButton value={`${window.location.origin}/dashboards/${dashboard.id}`}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : 'Copy link, for people of this workspace'}>
            <ActionIcon variant="default" size={36} aria-label="Copy link" onClick={copy}>
              {copied ? <IconCheck size={16} /> : <IconLink size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
      <Tooltip label="Rename">
        <ActionIcon variant="default" size={36} aria-label="Rename dashboard" onClick={open}>
          <IconPencil size={16} />
        </ActionIcon>
      </Tooltip>
      <Confirm
        title={`Delete “${dashboard.name}”?`}
        verb="Delete dashboard"
        danger
        run={async () => {
          await remove.mutateAsync();
          done('The dashboard is deleted.');
          await navigate({ to: '/dashboards' });
        }}
        trigger={(ask) => (
          <Tooltip label="Delete">
            <ActionIcon variant="default" size={36} aria-label="Delete dashboard" onClick={ask}>
              <IconTrash size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      >
        Its layout is lost, for everybody in the workspace. The charts on it stay among the saved ones.
      </Confirm>
      <NameForm
        opened={opened}
        onClose={close}
        title="Rename dashboard"
        verb="Rename"
        initial={dashboard.name}
        error={change.error}
        busy={change.isPending}
        save={(name) => change.mutate({ name }, { onSuccess: close })}
      />
    </>
  );
}
