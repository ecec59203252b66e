import { Button, Menu } from '@mantine/core';
import {
  IconChevronDown,
  IconListCheck,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
} from '@tabler/icons-react';
import { Confirm } from '../shared/Confirm.tsx';
import { number } from '../shared/format.ts';
import { done, failed } from '../shared/notify.ts';
import { audienceOf, isPush } from './pushing.ts';
import { type Action, type Connection, isRunning, useAct } from './queries.ts';

const told: Record<Action, string> = {
  run: 'It syncs now.',
  full: 'The whole list is read and compared now.',
  pause: 'The connection is paused.',
  resume: 'The connection goes on, and syncs at once.',
  'confirm-removals': 'The removals were confirmed; the list is read again.',
};

/** Sync now, read everything, pause and go on. */
export function ConnectionActions({ connection }: { connection: Connection }) {
  const act = useAct(connection.id);
  const run = (action: Action) =>
    act.mutate(action, { onSuccess: () => done(told[action]), onError: failed });
  const paused = connection.state === 'paused';
  if (paused)
    return (
      <Button
        leftSection={<IconPlayerPlay size={16} />}
        loading={act.isPending}
        onClick={() => run('resume')}
      >
        Resume
      </Button>
    );
  return (
    <>
      <Button
        leftSection={<IconRefresh size={16} />}
        loading={act.isPending}
        disabled={isRunning(connection)}
        onClick={() => run('run')}
      >
        Sync now
      </Button>
      <Confirm
        title={`Pause “${connection.name}”?`}
        verb="Pause connection"
        run={async () => {
          await act.mutateAsync('pause');
          done(told.pause);
        }}
        trigger={(open) => (
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <Button variant="default" rightSection={<IconChevronDown size={16} />}>
                More
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconListCheck size={16} />} onClick={() => run('full')}>
                {isPush(connection)
                  ? 'Full reconcile: compare everybody with the audience'
                  : 'Full reconcile: read the whole list'}
              </Menu.Item>
              <Menu.Item leftSection={<IconPlayerPause size={16} />} onClick={open}>
                Pause
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      >
        {isPush(connection)
          ? 'Nobody is pushed and nobody is taken off until you resume it, and nobody is alerted. Resumed, it syncs at once.'
          : 'It is not looked at until you resume it: what changes on the list meanwhile is not known here, and nobody is alerted. Resumed, it syncs at once.'}
      </Confirm>
    </>
  );
}

/** Lets the removals happen that were held back, after saying what will be lost. */
export function ConfirmRemovals({ connection }: { connection: Connection }) {
  const act = useAct(connection.id);
  const people = connection.sinks.find((sink) => sink.kind === 'profiles');
  const audience = audienceOf(connection.sinks);
  const api = connection.sinks.find((sink) => sink.kind === 'data_api');
  return (
    <Confirm
      title="Let the removals happen?"
      verb="Remove them"
      danger
      run={async () => {
        await act.mutateAsync('confirm-removals');
        done(told['confirm-removals']);
      }}
      trigger={(open) => (
        <Button size="compact-sm" color="red.8" onClick={open}>
          Confirm removals
        </Button>
      )}
    >
      {connection.trouble?.message}{' '}
      {audience ? (
        <>
          The segment is read once more, and whoever is not in it is taken off the audience: they lose the tag{' '}
          <b>{audience.tag}</b>
          {audience.leaving === 'archive' && ', and those this connection had added are archived'}.
        </>
      ) : (
        <>
          The whole list is read once more, and every record that is not on it is removed from the{' '}
          {number(connection.records)} held here.
        </>
      )}
      {people && (
        <>
          {' '}
          These people stay, without the attribute <b>{people.membership}</b>: they leave segments that ask
          for it.
        </>
      )}
      {api?.kind === 'data_api' && api.removals?.how === 'delete' && (
        <>
          {' '}
          At <b>{api.url}</b> they are deleted.
        </>
      )}
      {api?.kind === 'data_api' && api.removals?.how === 'field' && (
        <>
          {' '}
          At <b>{api.url}</b> they are marked with {api.removals.field}.
        </>
      )}{' '}
      This cannot be taken back here; who is added to the {audience ? 'segment' : 'list'} again comes back.
    </Confirm>
  );
}
