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
import { PushMapping } from './PushMapping.tsx';
import { PushOptions } from './PushOptions.tsx';
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
      <Form connection={connection} fields={[]} audience={null} />
    </Stack>
  );
  return (
    unread || (
      <Loaded query={fields}>
        {(found) => <Form connection={connection} fields={found.fields} audience={found.audience} />}
      </Loaded>
    )
  );
}

interface FormProps {
  connection: Connection;
  fields: Tested['fields'];
  audience: Tested['audience'];
}

function Form({ connection, fields, audience }: FormProps) {
  const save = useSaveConnection(connection.id);
  const may = useMayEdit();
  const [draft, setDraft] = useState(() => draftOf(connection));
  const [saved, setSaved] = useState(draft);
  const dirty = JSON.stringify(draft) !== JSON.stringify(saved);
  useUnsaved(dirty);
  // The address has no merge field: it is what people are known by.
  const rows = rowsOf(fields, saved).filter(({ field }) => !draft.audience || field !== saved.identity);
  const submit = () => {
    const mapping = mappingOf(
      draft,
      rows.map(({ field }) => field),
    );
    save.mutate(
      {
        ...{ mapping, sinks: sinksOf(draft), ...secretOf(draft) },
        ...(draft.audience ? { settings: { ...connection.settings, program_tags: draft.programTags } } : {}),
      },
      {
        onSuccess: () => {
          const kept = { ...draft, secret: '' };
          setDraft(kept);
          setSaved(kept);
          done(
            draft.audience
              ? 'The mapping is saved; everybody is looked at again.'
              : 'The mapping is saved; everybody on the list is read again.',
          );
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
        {draft.audience ? (
          <>
            <Panel title="What is pushed">
              <PushMapping fields={rows} {...{ audience, draft, error: save.error }} onChange={setDraft} />
            </Panel>
            <Panel title="Tags, and who leaves">
              <PushOptions draft={draft} audience={draft.audience} onChange={setDraft} />
            </Panel>
          </>
        ) : (
          <>
            <Panel title="What is taken">
              <MappingFields fields={rows} draft={draft} onChange={setDraft} error={save.error} />
            </Panel>
            <Panel title="Where it goes">
              <SinkFields draft={draft} onChange={setDraft} error={save.error} hasSecret={saved.dataApi} />
            </Panel>
          </>
        )}
        <Failure error={unshown(save.error)} />
        {may && (
          <Group justify="flex-end" gap="sm">
            <Text size="xs" c="dimmed">
              {draft.audience
                ? 'Another mapping is another content: everybody is looked at again.'
                : 'Another mapping is another content: the whole list is read again.'}
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
