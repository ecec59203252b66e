import { Button, Group, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMe } from '../access/queries.ts';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { done } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { timeZones } from '../shared/timeZones.ts';
import { useSaveWorkspace } from './queries.ts';

/** The name of the workspace, the zone its days are counted in, and how old its numbers may be. */
export function Workspace() {
  const workspace = useMe().data?.workspace;
  const save = useSaveWorkspace();
  const form = useForm({
    initialValues: {
      name: workspace?.name ?? '',
      timezone: workspace?.timezone ?? 'UTC',
      require_fresh_connections: workspace?.require_fresh_connections ?? false,
    },
  });
  return (
    <Panel title="Workspace">
      <form
        onSubmit={form.onSubmit((values) =>
          save.mutate(values, {
            onSuccess: () => {
              form.resetDirty();
              done('The workspace is saved.');
            },
          }),
        )}
      >
        <Stack maw={440}>
          <TextInput
            label="Name"
            required
            {...form.getInputProps('name')}
            error={fieldError(save.error, 'name')}
          />
          <Select
            label="Time zone"
            description="Days and hours are counted and shown in it."
            searchable
            limit={60}
            allowDeselect={false}
            data={timeZones(workspace?.timezone)}
            {...form.getInputProps('timezone')}
            error={fieldError(save.error, 'timezone')}
          />
          <Switch
            label="Refuse answers over stale connections"
            description="While a connection is longer out of sync than it may be, analytics and the query API say so instead of giving numbers."
            {...form.getInputProps('require_fresh_connections', { type: 'checkbox' })}
          />
          <Failure error={otherError(save.error, 'name', 'timezone')} />
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
