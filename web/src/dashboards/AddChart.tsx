import { Button, Group, Modal, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { Loaded } from '../shared/Loaded.tsx';
import { ButtonLink } from '../shared/links.tsx';
import { failed } from '../shared/notify.ts';
import { kindLabels } from './chartKinds.ts';
import classes from './Dashboard.module.css';
import { type Dashboard, useChangeDashboard, useCharts } from './queries.ts';

/** Puts a saved chart on a dashboard. */
export function AddChart({ dashboard }: { dashboard: Dashboard }) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="default" leftSection={<IconPlus size={16} />} onClick={open}>
        Add chart
      </Button>
      <Modal opened={opened} onClose={close} title="Add a saved chart" centered>
        {opened && <Choices dashboard={dashboard} close={close} />}
      </Modal>
    </>
  );
}

function Choices({ dashboard, close }: { dashboard: Dashboard; close: () => void }) {
  const charts = useCharts();
  const change = useChangeDashboard(dashboard.id);
  const there = new Set(dashboard.layout.map(({ chart }) => chart));
  return (
    <Loaded query={charts}>
      {({ items }) => {
        const free = items.filter(({ id }) => !there.has(id));
        return (
          <Stack gap="xs">
            {free.length === 0 && (
              <Text size="sm" c="dimmed">
                {items.length === 0 ? 'No chart was saved yet.' : 'All saved charts are on it.'} Save another
                in Analytics.
              </Text>
            )}
            {free.map(({ id, name, chart }) => (
              <UnstyledButton
                key={id}
                className={classes.choice}
                onClick={() => {
                  const placed = { chart: id, width: chart === 'number' ? 1 : 2, height: 1 } as const;
                  change.mutate({ layout: [...dashboard.layout, placed] }, { onError: failed });
                  close();
                }}
              >
                {name}
                <Text span size="xs" c="dimmed">
                  {kindLabels[chart]}
                </Text>
              </UnstyledButton>
            ))}
            <Group justify="flex-end" mt="xs">
              <ButtonLink to="/analytics" size="xs" variant="default">
                Analytics
              </ButtonLink>
            </Group>
          </Stack>
        );
      }}
    </Loaded>
  );
}
