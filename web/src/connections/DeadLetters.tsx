import { Box, Button, Code, Group, Modal, ScrollArea, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCircleCheck } from '@tabler/icons-react';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { count, number } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { done, failed } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { When } from '../shared/When.tsx';
import { type Connection, type DeadLetter, useDeadLetters, useReplay } from './queries.ts';
import { useMayEdit } from './useMayEdit.ts';

const sinkNames: Record<string, string> = {
  profiles: 'people',
  data_api: 'the data API',
  mailchimp_audience: 'Mailchimp',
};

/** Records that a sink refuses, with the reason, and the way to give them once more. */
export function DeadLetters({ connection }: { connection: Connection }) {
  const letters = useDeadLetters(connection.id, connection.dead_letters);
  const replay = useReplay(connection.id);
  const may = useMayEdit();
  const paused = connection.state === 'paused';
  const again = (ids: string[] | undefined) =>
    replay.mutate(ids, {
      onSuccess: ({ replayed }) =>
        done(
          `${count(replayed, 'record is', 'records are')} given to the sinks again${paused ? ' once the connection is resumed' : ''}.`,
        ),
      onError: failed,
    });
  const columns: Column<DeadLetter>[] = [
    { title: 'Record', render: (letter) => <Named letter={letter} /> },
    {
      title: 'Reason',
      render: ({ reason, sink }) => (
        <div style={{ minWidth: 105, overflowWrap: 'anywhere' }}>
          {reason}
          <Text size="xs" c="dimmed">
            by {sinkNames[sink] ?? sink}
          </Text>
        </div>
      ),
    },
    { title: 'Tried', right: true, from: 'sm', render: ({ attempts }) => number(attempts) },
    { title: 'Last', right: true, from: 'sm', render: ({ last_at }) => <When time={last_at} /> },
    {
      title: 'Actions',
      hideTitle: true,
      right: true,
      render: (letter) => (
        <Group gap={6} justify="flex-end">
          <Content letter={letter} />
          {may && (
            <Button
              size="compact-xs"
              variant="default"
              disabled={replay.isPending}
              aria-label={`Replay ${letter.record}`}
              onClick={() => again([letter.id])}
            >
              Replay
            </Button>
          )}
        </Group>
      ),
    },
  ];
  return (
    <Panel
      title="Dead letters"
      flush
      aside={
        may &&
        connection.dead_letters > 0 && (
          <Button
            size="compact-sm"
            variant="default"
            loading={replay.isPending}
            onClick={() => again(undefined)}
          >
            Replay all {number(connection.dead_letters)}
          </Button>
        )
      }
    >
      <Loaded query={letters}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={IconCircleCheck} title="Nothing was refused">
              A record that a sink refuses is kept here with the reason. The others go on; it can be given
              again once the reason is mended.
            </EmptyState>
          ) : (
            <>
              <DataTable
                label="Dead letters"
                columns={columns}
                rows={items}
                rowKey={({ id }) => id}
                testId="dead-letter-row"
              />
              {items.length < connection.dead_letters && (
                <Text size="sm" c="dimmed" p="md">
                  The newest {number(items.length)} of {number(connection.dead_letters)}.
                </Text>
              )}
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

/** By what people know them, where there is something; the id of the list says little to anybody. */
function Named({ letter: { record, operation, content } }: { letter: DeadLetter }) {
  const { email, first_name, last_name } = content;
  const name = [first_name, last_name].filter(Boolean).join(' ') || email;
  return (
    <Box maw={{ base: 76, sm: 240 }}>
      {typeof name === 'string' && (
        <Text size="sm" truncate title={name}>
          {name}
        </Text>
      )}
      <Text size="xs" c="dimmed" ff="monospace" truncate title={record}>
        {record}
      </Text>
      {operation === 'remove' && (
        <Text size="xs" c="dimmed">
          to be removed
        </Text>
      )}
    </Box>
  );
}

function Content({ letter }: { letter: DeadLetter }) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={open} aria-label={`Content of ${letter.record}`}>
        JSON
      </Button>
      <Modal opened={opened} onClose={close} title={`Record ${letter.record}`} size="lg" centered>
        <Stack gap="sm" ta="start">
          <Text size="sm">{letter.reason}</Text>
          <ScrollArea.Autosize mah={420} tabIndex={0} role="region" aria-label="The record">
            <Code block>{JSON.stringify(letter.content, null, 2)}</Code>
          </ScrollArea.Autosize>
        </Stack>
      </Modal>
    </>
  );
}
