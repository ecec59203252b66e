import { Alert, Button, Code, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { Confirm } from '../shared/Confirm.tsx';
import { CopyField } from '../shared/CopyField.tsx';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { done } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { When } from '../shared/When.tsx';
import { NewKey } from './NewKey.tsx';
import { type Key, useDeleteKey, useKeys } from './queries.ts';

/** Takes a key back. */
function Revoke({ entry }: { entry: Key }) {
  const remove = useDeleteKey();
  return (
    <Confirm
      title={`Revoke “${entry.name}”?`}
      verb="Revoke key"
      danger
      run={async () => {
        await remove.mutateAsync(entry.id);
        done(`The key “${entry.name}” no longer works.`);
      }}
      trigger={(open) => (
        <Button size="compact-xs" variant="default" onClick={open} aria-label={`Revoke ${entry.name}`}>
          Revoke
        </Button>
      )}
    >
      Whatever uses it is refused from now on. This cannot be taken back; make a new key instead.
    </Confirm>
  );
}

const columns: Column<Key>[] = [
  { title: 'Name', render: (key) => key.name },
  { title: 'Kind', render: (key) => (key.kind === 'write' ? 'write key' : `API key, ${key.role}`) },
  { title: 'Begins with', from: 'sm', render: (key) => <Code>{key.prefix}…</Code> },
  { title: 'Made', from: 'sm', right: true, render: (key) => <When time={key.created_at} /> },
  { title: 'Actions', hideTitle: true, right: true, render: (key) => <Revoke entry={key} /> },
];

/** Keys that let programs in: write keys send messages, API keys read and change everything else. */
export function Keys() {
  const keys = useKeys();
  const [opened, { open, close }] = useDisclosure();
  const [made, setMade] = useState<string>();
  const button = (
    <Button size="xs" onClick={open}>
      New key
    </Button>
  );
  return (
    <Stack>
      {made && (
        <Alert color="spruce" title="Your new key" withCloseButton onClose={() => setMade(undefined)}>
          <Stack gap="xs">
            It is shown this once; only its fingerprint is kept.
            <CopyField label="Key" value={made} />
          </Stack>
        </Alert>
      )}
      <Panel title="Keys" aside={keys.data?.items.length ? button : undefined} flush>
        <Loaded query={keys}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={IconKey} title="No keys yet" action={button}>
                A write key lets your shop send messages with a Segment SDK. An API key lets a program use the
                API.
              </EmptyState>
            ) : (
              <DataTable
                label="Keys"
                columns={columns}
                rows={items}
                rowKey={(key) => key.id}
                testId="key-row"
              />
            )
          }
        </Loaded>
      </Panel>
      <NewKey opened={opened} onClose={close} onMade={setMade} />
    </Stack>
  );
}
