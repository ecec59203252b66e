import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Confirm } from '../shared/Confirm.tsx';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { number } from '../shared/format.ts';
import { done } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { AccessForm } from './AccessForm.tsx';
import { isPush } from './pushing.ts';
import { type Connection, useRemoveConnection, useSaveConnection } from './queries.ts';
import { ScheduleFields, scheduleErrors } from './ScheduleFields.tsx';
import { draftOfSchedule, limitOf, scheduleOf } from './scheduleDraft.ts';

/** The right to read the list, when it is read, and the end of it. */
export function SettingsTab({ connection }: { connection: Connection }) {
  return (
    <Stack gap="md">
      <AccessForm connection={connection} part="credentials" />
      {!isPush(connection) && <AccessForm connection={connection} part="settings" />}
      <ScheduleForm connection={connection} />
      <RemovePanel connection={connection} />
    </Stack>
  );
}

function ScheduleForm({ connection }: { connection: Connection }) {
  const save = useSaveConnection(connection.id);
  const [name, setName] = useState(connection.name);
  const [draft, setDraft] = useState(() => draftOfSchedule(connection.schedule, connection.removal_limit));
  const now = JSON.stringify([name, draft]);
  const [saved, setSaved] = useState(now);
  return (
    <Panel title="Name and schedule">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(
            { name, schedule: scheduleOf(draft), removal_limit: limitOf(draft) },
            {
              onSuccess: () => {
                setSaved(now);
                done('Name and schedule are saved.');
              },
            },
          );
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            required
            maw={440}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fieldError(save.error, 'name')}
          />
          <ScheduleFields draft={draft} onChange={setDraft} error={save.error} />
          <Failure error={otherError(save.error, ...['name', ...scheduleErrors])} />
          <Group>
            <Button type="submit" loading={save.isPending} disabled={now === saved}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

function RemovePanel({ connection }: { connection: Connection }) {
  const remove = useRemoveConnection(connection.id);
  const navigate = useNavigate();
  const { name, records, sinks } = connection;
  const people = sinks.find((sink) => sink.kind === 'profiles');
  const pushed = isPush(connection);
  return (
    <Panel title="Remove">
      <Group justify="space-between" gap="sm">
        <Text size="sm" c="dimmed" maw={560}>
          {pushed
            ? 'Ends the pushing for good. Whoever is on the audience stays there, with the tag.'
            : 'Ends the syncing for good. The people it brought stay as they are.'}
        </Text>
        <Confirm
          title={`Remove “${name}”?`}
          verb="Remove connection"
          danger
          run={async () => {
            await remove.mutateAsync();
            done(
              pushed
                ? `${name} is removed; its contacts stay at Mailchimp.`
                : `${name} is removed; its people stay.`,
            );
            await navigate({ to: '/connections' });
          }}
          trigger={(open) => (
            <Button variant="default" c="var(--danger)" onClick={open}>
              Remove connection
            </Button>
          )}
        >
          Its credentials, mapping, runs and dead letters are lost, and what is known of its {number(records)}{' '}
          records.{' '}
          {pushed ? (
            'At Mailchimp nobody is taken off: who leaves the segment from now on stays there.'
          ) : (
            <>
              The people stay with all their attributes
              {people && (
                <>
                  , <b>{people.membership}</b> too
                </>
              )}
              ; from now on nobody says whether they are still on the list.
            </>
          )}
        </Confirm>
      </Group>
    </Panel>
  );
}
