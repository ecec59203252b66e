import { Button, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { count, useTimes } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { Panel } from '../shared/Panel.tsx';
import { Status } from '../shared/Status.tsx';
import { When } from '../shared/When.tsx';
import { isUnderWay, type Reprocessing, useReprocessings } from './queries.ts';
import { ReprocessForm } from './ReprocessForm.tsx';
import { ReprocessProgress } from './ReprocessProgress.tsx';

/** Deriving past messages anew with today's processing, while everything goes on. For admins. */
export function ReprocessPanel({ version }: { version: number | undefined }) {
  const [opened, { open, close }] = useDisclosure();
  const reprocessings = useReprocessings();
  const times = useTimes();
  const columns: Column<Reprocessing>[] = [
    {
      title: 'Received',
      render: ({ from, to }) => `${from > '1971' ? times.date(from) : 'the beginning'} – ${times.date(to)}`,
    },
    {
      title: 'Messages',
      right: true,
      from: 'sm',
      render: ({ messages }) => count(messages, 'message', 'messages'),
    },
    { title: 'Version', right: true, from: 'sm', render: ({ version: used }) => used ?? '–' },
    { title: 'Asked for', right: true, from: 'sm', render: ({ created_at }) => <When time={created_at} /> },
    {
      title: 'State',
      right: true,
      render: ({ status, error }) => (
        <>
          <Status value={status} />
          {error && (
            <Text size="xs" c="red">
              {error}
            </Text>
          )}
        </>
      ),
    },
  ];
  return (
    <Panel
      title="Reprocess"
      aside={
        <Button size="compact-sm" variant="default" onClick={open}>
          Reprocess messages
        </Button>
      }
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Derives past messages again with today's processing
          {version !== undefined && ` (version ${version})`}. Numbers stay as they are until everything is
          derived and counted, then change at once. Sending and asking go on.
        </Text>
        <Loaded query={reprocessings}>
          {({ items }) => (
            <>
              {items.filter(isUnderWay).map((one) => (
                <ReprocessProgress key={one.id} one={one} />
              ))}
              {items.some((one) => !isUnderWay(one)) && (
                <DataTable
                  label="Reprocessings"
                  columns={columns}
                  rows={items.filter((one) => !isUnderWay(one))}
                  rowKey={({ id }) => id}
                  testId="reprocess-row"
                />
              )}
            </>
          )}
        </Loaded>
      </Stack>
      <ReprocessForm opened={opened} onClose={close} />
    </Panel>
  );
}
