import { Button } from '@mantine/core';
import { ButtonLink } from '../shared/links.tsx';
import { done, failed } from '../shared/notify.ts';
import { type Connection, useAct } from './queries.ts';
import { useMayEdit } from './useMayEdit.ts';

const small = { size: 'compact-sm', variant: 'default' } as const;

/** The one thing to do about a connection as it stands. */
export function HelpfulAction({ connection }: { connection: Connection }) {
  const { id, name, state, trouble, dead_letters } = connection;
  const act = useAct(id);
  const may = useMayEdit();
  const to = { to: '/connections/$id', params: { id } } as const;
  const doIt = (action: 'run' | 'resume', label: string, told: string) => (
    <Button
      {...small}
      loading={act.isPending}
      aria-label={`${label}: ${name}`}
      onClick={() => act.mutate(action, { onSuccess: () => done(told), onError: failed })}
    >
      {label}
    </Button>
  );
  if (!may) return null;
  if (state === 'paused') return doIt('resume', 'Resume', `${name} goes on.`);
  if (state === 'credentials_refused')
    return (
      <ButtonLink {...small} {...to} search={{ tab: 'settings' }} aria-label={`New credentials for ${name}`}>
        New credentials
      </ButtonLink>
    );
  if (trouble?.code === 'removals_held')
    return (
      <ButtonLink {...small} {...to} aria-label={`Look at the removals of ${name}`}>
        Removals
      </ButtonLink>
    );
  if (trouble?.code === 'gone' || trouble?.code === 'misconfigured')
    return (
      <ButtonLink
        {...small}
        {...to}
        search={{ tab: 'settings' }}
        aria-label={`Check the settings of ${name}`}
      >
        Check settings
      </ButtonLink>
    );
  if (state === 'in_sync' && dead_letters > 0)
    return (
      <ButtonLink {...small} {...to} search={{ tab: 'dead-letters' }} aria-label={`Dead letters of ${name}`}>
        Dead letters
      </ButtonLink>
    );
  if (state === 'syncing') return null;
  return doIt('run', 'Sync now', `${name} syncs now.`);
}
