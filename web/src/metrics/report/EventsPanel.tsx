import { ActionIcon, Anchor, Breadcrumbs, Select, Stack, Text, Tooltip } from '@mantine/core';
import { IconListTree } from '@tabler/icons-react';
import { useSuggestions } from '../../segments/queries.ts';
import { Panel } from '../../shared/Panel.tsx';
import type { Analytics } from '../useAnalytics.ts';
import { TopList } from './TopList.tsx';
import { DetailsButton } from './TopPanel.tsx';

interface Props {
  analytics: Analytics;
  visitors: number | null | undefined;
}

/** What people did; and of one event, the values of its properties. */
export function EventsPanel({ analytics, visitors }: Props) {
  const { asked, change } = analytics;
  const { event } = asked;
  if (event !== undefined) return <EventProperties analytics={analytics} event={event} />;
  return (
    <Panel title="Events" aside={<DetailsButton title="Events" open={() => change({ details: 'event' })} />}>
      <TopList
        analytics={analytics}
        dimension="event"
        metrics={['visitors', 'events']}
        total={visitors}
        action={(name) => (
          <Tooltip label="Its properties">
            <ActionIcon
              size="sm"
              variant="subtle"
              color="gray"
              aria-label={`Properties of ${name}`}
              onClick={() => change({ event: name, property: undefined })}
            >
              <IconListTree size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      />
    </Panel>
  );
}

function EventProperties({ analytics, event }: { analytics: Analytics; event: string }) {
  const { asked, change } = analytics;
  const suggestions = useSuggestions();
  const properties = suggestions.data?.events.find(({ name }) => name === event)?.properties ?? [];
  const property = asked.property ?? properties[0];
  return (
    <Panel
      title="Event properties"
      aside={
        property !== undefined && (
          <DetailsButton title="values" open={() => change({ details: `property:${property}` })} />
        )
      }
    >
      <Stack gap="sm">
        <Breadcrumbs fz="sm" separatorMargin={6}>
          <Anchor
            component="button"
            type="button"
            fz="sm"
            onClick={() => change({ event: undefined, property: undefined })}
          >
            All events
          </Anchor>
          <Text size="sm" fw={600} truncate>
            {event}
          </Text>
        </Breadcrumbs>
        <Select
          size="xs"
          maw={320}
          aria-label="Property"
          placeholder={suggestions.isPending ? 'Looking for properties…' : 'Choose a property'}
          nothingFoundMessage="No such property"
          searchable
          value={property ?? null}
          onChange={(value) => change({ property: value ?? undefined })}
          data={[...new Set([...properties, ...(property ? [property] : [])])]}
        />
        {property === undefined ? (
          <Text c="dimmed" size="sm" py="xl" ta="center">
            {suggestions.isPending ? 'Looking for properties…' : 'This event carries no properties.'}
          </Text>
        ) : (
          <TopList
            key={property}
            analytics={analytics}
            dimension={`property:${property}`}
            metrics={['visitors', 'events']}
            also={[['event', 'equals', event]]}
          />
        )}
      </Stack>
    </Panel>
  );
}
