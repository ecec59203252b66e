import { Group, Stack, Text } from '@mantine/core';
import { useCampaigns } from '../campaigns/queries.ts';
import { count, number } from '../shared/format.ts';
import { Loaded, RowsSkeleton } from '../shared/Loaded.tsx';
import { ButtonLink, TextLink } from '../shared/links.tsx';
import { Panel } from '../shared/Panel.tsx';
import { Status } from '../shared/Status.tsx';

/** The newest campaigns and how far their people are. */
export function LatestCampaigns() {
  const campaigns = useCampaigns();
  return (
    <Panel
      title="Campaigns"
      aside={
        <TextLink to="/campaigns" fz="sm">
          All campaigns
        </TextLink>
      }
    >
      <Loaded query={campaigns} skeleton={<RowsSkeleton rows={3} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Stack align="flex-start" gap="sm">
              <Text size="sm" c="dimmed">
                A campaign writes to the people of a segment by itself.
              </Text>
              <ButtonLink to="/campaigns/new" size="xs" variant="default">
                New campaign
              </ButtonLink>
            </Stack>
          ) : (
            <Stack gap="sm">
              {items.slice(0, 4).map((one) => (
                <Group key={one.id} justify="space-between" wrap="nowrap">
                  <div style={{ minWidth: 0 }}>
                    <TextLink to="/campaigns/$id" params={{ id: one.id }} fz="sm" fw={550}>
                      {one.name}
                    </TextLink>
                    <Text size="xs" c="dimmed">
                      {count(one.counts.entered, 'person', 'people')} entered, {number(one.counts.active)}{' '}
                      under way
                    </Text>
                  </div>
                  <Status value={one.status} />
                </Group>
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Panel>
  );
}
