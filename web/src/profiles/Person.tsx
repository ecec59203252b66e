import { Button, SimpleGrid, Skeleton, Stack } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { useMayEdit } from '../connections/useMayEdit.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { When } from '../shared/When.tsx';
import { ErasePerson } from './ErasePerson.tsx';
import { PersonAttributes } from './PersonAttributes.tsx';
import { PersonCampaigns } from './PersonCampaigns.tsx';
import { PersonConsents } from './PersonConsents.tsx';
import { PersonEmails } from './PersonEmails.tsx';
import { PersonEvents } from './PersonEvents.tsx';
import { PersonIdentities } from './PersonIdentities.tsx';
import { PersonConnections, PersonLocations } from './PersonLists.tsx';
import { PersonOrders } from './PersonOrders.tsx';
import { PersonSegments } from './PersonSegments.tsx';
import { PersonTimeline } from './PersonTimeline.tsx';
import { type PersonDetail, usePerson } from './queries.ts';

/** The latest value of an attribute, as text. */
const attribute = (person: PersonDetail, name: string) => {
  const value = person.attributes.find((one) => one.name === name)?.value;
  return typeof value === 'string' ? value : undefined;
};

/** Everything of the person as a file, and their erasure; for who may. */
function PersonActions({ person }: { person: PersonDetail }) {
  const mayExport = useMayEdit();
  return (
    <>
      {mayExport && (
        <Button
          component="a"
          href={`/api/people/${encodeURIComponent(person.id)}/export`}
          download
          variant="default"
          leftSection={<IconDownload size={16} />}
        >
          Export
        </Button>
      )}
      <ErasePerson person={person} />
    </>
  );
}

/** One person: what they are worth, attributes, ids, segments, campaigns, emails, events, timeline. */
export function Person() {
  const { id } = useParams({ from: '/shell/people/$id' });
  const person = usePerson(id);
  const data = person.data;
  const name = data
    ? [attribute(data, 'first_name'), attribute(data, 'last_name')].filter(Boolean).join(' ') ||
      attribute(data, 'email') ||
      data.id
    : id;
  return (
    <Page
      title={name}
      back={<TextLink to="/people">People</TextLink>}
      actions={data && <PersonActions person={data} />}
      description={
        data && (
          <>
            First seen <When time={data.first_seen} />, last seen <When time={data.last_seen} />
          </>
        )
      }
    >
      <Loaded query={person} skeleton={<Skeleton h={320} />}>
        {(known) => (
          <>
            <PersonOrders person={known} />
            <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" style={{ alignItems: 'start' }}>
              <Stack gap="md" miw={0}>
                <PersonAttributes person={known} />
                <PersonIdentities person={known} />
                <PersonSegments person={known} />
                <PersonCampaigns person={known} />
                <PersonEmails person={known} />
                <PersonConsents person={known} />
                <PersonLocations person={known} />
                <PersonConnections person={known} />
              </Stack>
              <Stack gap="md" miw={0}>
                <PersonEvents person={known} />
                <PersonTimeline person={known} />
              </Stack>
            </SimpleGrid>
          </>
        )}
      </Loaded>
    </Page>
  );
}
