import { Badge, Skeleton, Stack, Tabs } from '@mantine/core';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useSegment } from '../segments/queries.ts';
import { Failure } from '../shared/Failure.tsx';
import { number } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { ConnectionActions } from './ConnectionActions.tsx';
import { DeadLetters } from './DeadLetters.tsx';
import { LeftAlone } from './LeftAlone.tsx';
import { MappingTab } from './MappingTab.tsx';
import { audienceOf, isPush } from './pushing.ts';
import { type Connection, isRunning, useConnection, useKinds } from './queries.ts';
import { RunChart } from './RunChart.tsx';
import { RunTable } from './RunTable.tsx';
import { SettingsTab } from './SettingsTab.tsx';
import { Standing } from './Standing.tsx';
import { StateBadge } from './StateBadge.tsx';
import { SyncProgress } from './SyncProgress.tsx';
import { TroubleAlert } from './TroubleAlert.tsx';
import { useMayEdit } from './useMayEdit.ts';
import { kindLabel, sinkText } from './words.ts';

/** One connection: how it stands, what it did, and everything that can be done with it. */
export function ConnectionPage() {
  const { id } = useParams({ from: '/shell/connections/$id' });
  const query = useConnection(id);
  const kinds = useKinds();
  const may = useMayEdit();
  const one = query.data;
  return (
    <Page
      title={one?.name ?? 'Connection'}
      back={<TextLink to="/connections">Connections</TextLink>}
      mark={one && <StateBadge state={one.state} />}
      description={
        one &&
        (isPush(one) ? (
          <PushedTo connection={one} />
        ) : (
          `${kindLabel(kinds.data?.items, one.kind)} into ${one.sinks.map(sinkText).join(' and ')}`
        ))
      }
      actions={one && may && <ConnectionActions connection={one} />}
    >
      <Loaded query={query} skeleton={<Skeleton h={300} />}>
        {(known) => (
          <>
            {query.isError && <Failure error={query.error} retry={() => query.refetch()} />}
            <TroubleAlert connection={known} />
            {known.last_run && isRunning(known) && (
              <SyncProgress run={known.last_run} first={known.in_sync_as_of === null} />
            )}
            <Standing connection={known} />
            {isPush(known) && <LeftAlone connection={known} />}
            <Rooms connection={known} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** From here to there. */
function PushedTo({ connection }: { connection: Connection }) {
  const id = String(connection.settings.segment);
  const segment = useSegment(id);
  const to = audienceOf(connection.sinks);
  return (
    <>
      The segment{' '}
      <TextLink to="/segments/$id" params={{ id }}>
        {segment.data?.name ?? 'it was made for'}
      </TextLink>{' '}
      is pushed to the Mailchimp audience {to?.list}, with the tag {to?.tag}
    </>
  );
}

/** What belongs to it, a tab each, in the address. */
function Rooms({ connection }: { connection: Connection }) {
  const asked = useSearch({ from: '/shell/connections/$id' }).tab ?? 'runs';
  const navigate = useNavigate({ from: '/connections/$id' });
  const { id, dead_letters } = connection;
  const may = useMayEdit();
  const tab = may || asked === 'dead-letters' ? asked : 'runs';
  return (
    <Tabs value={tab} onChange={(next) => navigate({ search: { tab: next as typeof tab }, replace: true })}>
      <Tabs.List mb="md">
        <Tabs.Tab value="runs">Runs</Tabs.Tab>
        {may && <Tabs.Tab value="mapping">Mapping</Tabs.Tab>}
        <Tabs.Tab
          value="dead-letters"
          rightSection={
            dead_letters > 0 && (
              <Badge color="red" size="sm">
                {number(dead_letters)}
              </Badge>
            )
          }
        >
          Dead letters
        </Tabs.Tab>
        {may && <Tabs.Tab value="settings">Settings</Tabs.Tab>}
      </Tabs.List>
      <Tabs.Panel value="runs">
        <Stack gap="md">
          <RunChart connection={connection} />
          <RunTable connection={connection} />
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="mapping">
        <MappingTab key={id} connection={connection} />
      </Tabs.Panel>
      <Tabs.Panel value="dead-letters">
        <DeadLetters connection={connection} />
      </Tabs.Panel>
      <Tabs.Panel value="settings">
        <SettingsTab key={id} connection={connection} />
      </Tabs.Panel>
    </Tabs>
  );
}
