import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { ApiError } from '../api/client.ts';
import { Failure } from '../shared/Failure.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { done } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { useUnsaved } from '../shared/useUnsaved.ts';
import { MappingFields } from './MappingFields.tsx';
import { draftOf, mappingOf, rowsOf, secretOf, sinksOf, unshown } from './mappingDraft.ts';
import { type Connection, type Tested, useFields, useSaveConnection } from './queries.ts';
import { SinkFields } from './SinkFields.tsx';
import { useMayEdit } from './useMayEdit.ts';

/** What is taken of the list and where it goes, beside samples of what is on it now. */
export function MappingTab({ connection }: { connection: Connection }) {
  const fields = useFields(connection.id);
  // The list itself is asked: while it cannot be read, what is mapped is still to be seen.
  const unread = fields.isError && (
    <Stack gap="md">
      {fields.error instanceof ApiError && fields.error.code === connection.trouble?.code ? (
        <Text size="sm" c="dimmed">
          While the list cannot be read, there are no samples of its fields.
        </Text>
      ) : (
        <Failure error={fields.error} retry={() => fields.refetch()} />
      )}
      <Form connection={connection} fields={[]} />
    </Stack>
  );
  return (
    unread || (
      <Loaded query={fields}>{(found) => <Form connection={connection} fields={found.fields} />}</Loaded>
    )
  );
}

function Form({ connection, fields }: { connection: Connection; fields: Tested['fields'] }) {
  const save = useSaveConnection(connection.id);
  const may = useMayEdit();
  const [draft, setDraft] = useState(() => draftOf(connection));
  const [saved, setSaved] = useState(draft);
  const dirty = JSON.stringify(draft) !== JSON.stringify(saved);
  useUnsaved(dirty);
  const rows = rowsOf(fields, saved);
  const submit = () => {
    const mapping = mappingOf(
      draft,
      rows.map(({ field }) => field),
    );
    save.mutate(
      { mapping, sinks: sinksOf(draft), ...secretOf(draft) },
      {
        onSuccess: () => {
          const kept = { ...draft, secret: '' };
          setDraft(kept);
          setSaved(kept);
          done('The mapping is saved; everybody on the list is read again.');
        },
      },
    );
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="md">
        <Panel title="What is taken">
          <MappingFields fields={rows} draft={draft} onChange={setDraft} error={save.error} />
        </Panel>
        <Panel title="Where it goes">
          <SinkFields draft={draft} onChange={setDraft} error={save.error} hasSecret={saved.dataApi} />
        </Panel>
        <Failure error={unshown(save.error)} />
        {may && (
          <Group justify="flex-end" gap="sm">
            <Text size="xs" c="dimmed">
              Another mapping is another content: the whole list is read again.
            </Text>
            <Button type="submit" loading={save.isPending} disabled={!dirty || sinksOf(draft).length === 0}>
              Save mapping
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}
