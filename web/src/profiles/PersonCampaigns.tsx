import { Group, Stack, Text } from '@mantine/core';
import { kinds } from '../campaigns/flow/kinds.ts';
import { TakeOut } from '../campaigns/TakeOut.tsx';
import { TextLink } from '../shared/links.tsx';
import { Panel } from '../shared/Panel.tsx';
import { Status } from '../shared/Status.tsx';
import { When } from '../shared/When.tsx';
import type { PersonDetail } from './queries.ts';

type Campaign = PersonDetail['campaigns'][number];

/** A kind of step as people call it. */
const stepKind = (type: string) =>
  (type in kinds ? kinds[type as keyof typeof kinds].label : type).toLowerCase();

/** Where in a campaign the person is, or how far they came. */
function Place({ of: { state, step, entered_at, due_at, ended_at } }: { of: Campaign }) {
  return (
    <>
      {step && `step ${step.number} of ${step.of} (${stepKind(step.type)}), `}
      entered <When time={entered_at} />
      {state === 'active' && due_at && (
        <>
          , due <When time={due_at} />
        </>
      )}
      {ended_at && (
        <>
          , ended <When time={ended_at} />
        </>
      )}
    </>
  );
}

/** The campaigns the person is in, or was. */
export function PersonCampaigns({ person: { id, campaigns } }: { person: PersonDetail }) {
  return (
    <Panel title="Campaigns">
      {campaigns.length === 0 ? (
        <Text size="sm" c="dimmed">
          In no campaign so far.
        </Text>
      ) : (
        <Stack gap="sm">
          {campaigns.map((campaign) => (
            <Group key={campaign.id} justify="space-between" gap="xs" wrap="nowrap">
              <div style={{ minWidth: 0 }}>
                <TextLink to="/campaigns/$id" params={{ id: campaign.id }} fz="sm">
                  {campaign.name}
                </TextLink>
                <Text size="xs" c="dimmed">
                  <Place of={campaign} />
                </Text>
              </div>
              <Group gap="xs" wrap="nowrap">
                {campaign.state === 'active' && <TakeOut campaign={campaign} person={id} />}
                <Status value={campaign.state} />
              </Group>
            </Group>
          ))}
        </Stack>
      )}
    </Panel>
  );
}
