import { Alert, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTimes } from '../shared/format.ts';
import { TextLink } from '../shared/links.tsx';
import { isPush } from './pushing.ts';
import { useConnections } from './queries.ts';
import { isUnwell, stateWords, worstFirst } from './states.ts';

const named = 3;

/** Numbers below it may be old: names the connections that are not well, and as of when each is in sync. */
export function StaleBanner() {
  const times = useTimes();
  const unwell = worstFirst(
    (useConnections().data?.items ?? []).filter((one) => isUnwell(one) && !isPush(one)),
  );
  const [worst] = unwell;
  if (!worst) return null;
  return (
    <Alert
      color={stateWords[worst.state].colour}
      icon={<IconAlertTriangle />}
      title={
        unwell.length === 1
          ? 'A connection is not in sync: its people may be out of date here'
          : `${unwell.length} connections are not in sync: their people may be out of date here`
      }
      data-testid="stale-banner"
    >
      {unwell.slice(0, named).map(({ id, name, state, in_sync_as_of }) => (
        <Text size="sm" key={id}>
          <TextLink to="/connections/$id" params={{ id }} fw={600}>
            {name}
          </TextLink>
          : {stateWords[state].label},{' '}
          {in_sync_as_of ? `in sync as of ${times.time(in_sync_as_of)}` : 'never in sync so far'}
        </Text>
      ))}
      {unwell.length > named && (
        <Text size="sm">
          <TextLink to="/connections">All {unwell.length}</TextLink>
        </Text>
      )}
    </Alert>
  );
}
