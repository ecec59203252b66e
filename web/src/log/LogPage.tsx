import { Stack } from '@mantine/core';
import { useMe } from '../access/queries.ts';
import { AsOf } from '../shared/AsOf.tsx';
import { Failure } from '../shared/Failure.tsx';
import { Page } from '../shared/Page.tsx';
import { HealthTiles } from './HealthTiles.tsx';
import { useLogHealth } from './queries.ts';
import { ReceivedChart } from './ReceivedChart.tsx';
import { RejectedPanel } from './RejectedPanel.tsx';
import { ReprocessPanel } from './ReprocessPanel.tsx';

/** How the log of everything that happened is doing. */
export function LogPage() {
  const health = useLogHealth();
  const admin = useMe().data?.role === 'admin';
  return (
    <Page
      title="Log"
      description="Messages as they come in, what could not be taken, and deriving the past anew."
      actions={<AsOf time={health.data?.as_of} />}
    >
      <Stack gap="md">
        {health.isError && <Failure error={health.error} retry={() => health.refetch()} />}
        <HealthTiles health={health.data} />
        <ReceivedChart health={health} />
        <RejectedPanel health={health.data} />
        {admin && <ReprocessPanel version={health.data?.processing_version} />}
      </Stack>
    </Page>
  );
}
