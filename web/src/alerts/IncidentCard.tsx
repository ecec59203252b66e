import { Badge, Card, Group, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconClockExclamation } from '@tabler/icons-react';
import { count, duration, number } from '../shared/format.ts';
import { TextLink } from '../shared/links.tsx';
import { When } from '../shared/When.tsx';
import classes from './Incident.module.css';
import { MemberLine, MemberLink } from './Members.tsx';
import type { Incident } from './queries.ts';
import { causeText, titleOf, whatToDo } from './words.ts';

/** What it is about, with a colour and a sign of its own. */
export function IncidentBadge({ incident }: { incident: Incident }) {
  const { closed_at, needs_person } = incident;
  const [colour, Sign] = closed_at
    ? (['gray', IconCircleCheck] as const)
    : needs_person
      ? (['red', IconAlertTriangle] as const)
      : (['marigold', IconClockExclamation] as const);
  return (
    <Badge
      color={colour}
      leftSection={<Sign size={13} stroke={2.2} aria-hidden style={{ display: 'block' }} />}
    >
      {causeText(incident)}
    </Badge>
  );
}

/** How many are in it, and since when. */
export function IncidentTimes({ incident }: { incident: Incident }) {
  const { opened_at, closed_at, unwell, total, watch } = incident;
  const lasted = closed_at && (Date.parse(closed_at) - Date.parse(opened_at)) / 1_000;
  return (
    <>
      {closed_at ? (
        <>
          Over <When time={closed_at} />, it lasted {duration(lasted || 0)},{' '}
          {count(total, watch, `${watch}s`)}
        </>
      ) : (
        <>
          Since <When time={opened_at} />, {count(unwell, watch, `${watch}s`)} not well
          {total > unwell && ` of ${number(total)} that were`}
        </>
      )}
    </>
  );
}

/** One incident: what, since when, how many, what to do. */
export function IncidentCard({ incident }: { incident: Incident }) {
  const { id, message, closed_at, undelivered, members, total, needs_person } = incident;
  const [only] = members;
  const title = titleOf(incident);
  return (
    <Card
      component="article"
      aria-label={title}
      bg="var(--surface)"
      className={classes.incident}
      data-tone={closed_at ? undefined : needs_person ? 'red' : 'marigold'}
      data-testid={closed_at === null ? 'incident-open' : 'incident-closed'}
    >
      <Group gap="xs" mb={4}>
        <IncidentBadge incident={incident} />
        <Text size="sm" c="dimmed">
          <IncidentTimes incident={incident} />
        </Text>
      </Group>
      {total === 1 && only ? (
        <MemberLink member={only} title={title} />
      ) : (
        <TextLink to="/alerts/incidents/$id" params={{ id }} fw={600}>
          {title}
        </TextLink>
      )}
      {closed_at === null && (
        <Text size="sm" mt={2} style={{ overflowWrap: 'anywhere' }}>
          {message} {whatToDo(incident)}
        </Text>
      )}
      {total > 1 && <MemberLine members={members} total={total} />}
      {undelivered > 0 && (
        <Text size="sm" c="var(--danger)" mt={4}>
          {count(undelivered, 'message', 'messages')} about it did not arrive yet. Look at the channels.
        </Text>
      )}
    </Card>
  );
}
