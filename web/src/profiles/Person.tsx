import { SimpleGrid, Skeleton, Stack } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { When } from '../shared/When.tsx';
import { PersonAttributes } from './PersonAttributes.tsx';
import { PersonEmails } from './PersonEmails.tsx';
import { PersonEvents } from './PersonEvents.tsx';
import { PersonSegments } from './PersonSegments.tsx';
import { PersonTimeline } from './PersonTimeline.tsx';
import { type PersonDetail, usePerson } from './queries.ts';

/** The latest value of an attribute, as text. */
const attribute = (person: PersonDetail, name: string) => {
  const value = person.attributes.find((one) => one.name === name)?.value;
  return typeof value === 'string' ? value : undefined;
};

/** One person: attributes, events, segments, emails, timeline. */
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
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" style={{ alignItems: 'start' }}>
            <Stack gap="md" miw={0}>
              <PersonAttributes person={known} />
              <PersonSegments person={known} />
              <PersonEmails person={known} />
            </Stack>
            <Stack gap="md" miw={0}>
              <PersonEvents person={known} />
              <PersonTimeline id={id} />
            </Stack>
          </SimpleGrid>
        )}
      </Loaded>
    </Page>
  );
}
