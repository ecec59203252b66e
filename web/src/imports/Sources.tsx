import { ActionIcon, Badge, Button, Menu, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { Confirm } from '../shared/Confirm.tsx';
import { CopyField } from '../shared/CopyField.tsx';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { count, number } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { done, failed } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { When } from '../shared/When.tsx';
import { AddSource } from './AddSource.tsx';
import {
  type Source,
  useLookNow,
  usePauseSource,
  useRemoveSource,
  useSources,
  useTestSource,
} from './sourceQueries.ts';

/** Folders and buckets whose files are taken in as they come. */
export function Sources() {
  const sources = useSources();
  const [adding, setAdding] = useState(false);
  return (
    <Panel
      title="Sources"
      flush={Boolean(sources.data?.items.length)}
      aside={
        <Button size="xs" variant="default" onClick={() => setAdding(true)}>
          Add a source
        </Button>
      }
    >
      <Loaded query={sources}>
        {({ items, folder }) => (
          <>
            {items.length === 0 ? (
              <Text size="sm" c="dimmed">
                Files can also come by themselves: from a bucket, or from a folder on the server. New ones are
                taken in as they come.
              </Text>
            ) : (
              <DataTable
                label="Sources"
                columns={columns}
                rows={items}
                rowKey={(one) => one.id}
                testId="source-row"
              />
            )}
            {adding && <AddSource folder={folder} close={() => setAdding(false)} />}
          </>
        )}
      </Loaded>
    </Panel>
  );
}

const columns: Column<Source>[] = [
  {
    title: 'Source',
    render: (one) => (
      <>
        <Text size="sm" fw={550}>
          {one.name}
        </Text>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {one.place}
        </Text>
      </>
    ),
  },
  { title: 'State', render: (one) => <State source={one} /> },
  { title: 'Files', right: true, from: 'sm', render: (one) => number(one.files) },
  {
    title: 'Last look',
    right: true,
    from: 'sm',
    render: (one) => (one.last_look_at ? <When time={one.last_look_at} /> : '–'),
  },
  {
    title: 'Actions',
    hideTitle: true,
    right: true,
    width: 60,
    render: (one) => <Actions source={one} />,
  },
];

function State({ source: { paused, last_error, last_look_at } }: { source: Source }) {
  const [word, colour] = paused
    ? ['paused', 'marigold']
    : last_error
      ? ['failing', 'red']
      : last_look_at
        ? ['watched', 'spruce']
        : ['waiting', 'blue'];
  return (
    <>
      <Badge color={colour} autoContrast={false}>
        {word}
      </Badge>
      {last_error && (
        <Text size="xs" c="dimmed" mt={2} maw={360} style={{ overflowWrap: 'anywhere' }}>
          {last_error}
        </Text>
      )}
    </>
  );
}

function Actions({ source }: { source: Source }) {
  const test = useTestSource();
  const look = useLookNow();
  const pause = usePauseSource();
  const remove = useRemoveSource();
  const { id, name, paused, events_url } = source;
  const tested = {
    onSuccess: ({ files, more }: { files: number; more: boolean }) =>
      done(`${name} can be read: ${count(files, 'file', 'files')}${more ? ' and more' : ''}.`),
    onError: failed,
  };
  return (
    <Confirm
      title={`Remove ${name}?`}
      verb="Remove source"
      danger
      run={() => remove.mutateAsync(id)}
      trigger={(ask) => (
        <Menu position="bottom-end" width={events_url ? 320 : undefined}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${name}`}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              disabled={paused}
              onClick={() =>
                look.mutate(id, { onSuccess: () => done('Looking for new files.'), onError: failed })
              }
            >
              Look now
            </Menu.Item>
            <Menu.Item onClick={() => test.mutate(id, tested)}>Test</Menu.Item>
            <Menu.Item onClick={() => pause.mutate({ id, paused: !paused }, { onError: failed })}>
              {paused ? 'Resume' : 'Pause'}
            </Menu.Item>
            <Menu.Item c="var(--danger)" onClick={ask}>
              Remove
            </Menu.Item>
            {events_url && (
              <>
                <Menu.Divider />
                <div style={{ padding: 8 }}>
                  <CopyField label="Address for event notifications of S3" value={events_url} />
                </div>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
    >
      Nothing new is taken from it any more. What it brought stays.
    </Confirm>
  );
}
