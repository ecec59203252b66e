import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { number } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { Panel } from '../shared/Panel.tsx';
import { When } from '../shared/When.tsx';
import { type LogHealth, type Rejected, useRejected } from './queries.ts';
import { RejectedMessage } from './RejectedMessage.tsx';

type Reason = LogHealth['rejected'][number];

const columns: Column<Rejected>[] = [
  { title: 'When', width: 130, render: ({ received_at }) => <When time={received_at} /> },
  { title: 'Field', from: 'sm', render: ({ field }) => field || 'the whole message' },
  { title: 'Reason', render: ({ reason }) => <div style={{ minWidth: 140 }}>{reason}</div> },
  { title: 'From', from: 'md', render: ({ source }) => source },
  { title: 'Message', hideTitle: true, right: true, render: (one) => <RejectedMessage rejected={one} /> },
];

/** Messages that could not be taken: by reason, and each as it came. */
export function RejectedPanel({ health }: { health: LogHealth | undefined }) {
  const { reason } = useSearch({ from: '/shell/log' });
  const navigate = useNavigate({ from: '/log' });
  const rejected = useRejected(reason);
  const show = (next: string | undefined) => void navigate({ search: { reason: next }, resetScroll: false });
  const reasons = health?.rejected ?? [];
  return (
    <Panel
      title="Rejected messages"
      flush
      aside={
        reason !== undefined && (
          <Button size="compact-sm" variant="default" onClick={() => show(undefined)}>
            All reasons
          </Button>
        )
      }
    >
      {reasons.length > 0 && reason === undefined && <Reasons reasons={reasons} show={show} />}
      {reason !== undefined && (
        <Text size="sm" px="md" pt="sm">
          Only those with the reason “{reason}”.
        </Text>
      )}
      <Loaded query={rejected}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={IconCircleCheck} title="Everything was taken">
              What cannot be taken is kept here with its reason, as it came, so that it can be mended where it
              is sent.
            </EmptyState>
          ) : (
            <DataTable
              label="Rejected messages"
              columns={columns}
              rows={items}
              rowKey={(one) => `${one.received_at} ${one.field} ${one.message}`}
              testId="rejected-row"
            />
          )
        }
      </Loaded>
    </Panel>
  );
}

/** How often each reason was met in the last 24 hours. */
function Reasons({ reasons, show }: { reasons: Reason[]; show: (reason: string) => void }) {
  return (
    <Stack gap={6} p="md">
      <Text size="xs" fw={600} c="dimmed">
        By reason, last 24 hours
      </Text>
      {reasons.map(({ field, reason, count, last }) => (
        <Group key={`${field} ${reason}`} justify="space-between" gap="xs" data-testid="rejected-reason">
          <Anchor component="button" type="button" fz="sm" ta="start" onClick={() => show(reason)}>
            {field && `${field}: `}
            {reason}
          </Anchor>
          <Text size="sm" c="dimmed">
            <b>{number(count)}</b>, last <When time={last} />
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
