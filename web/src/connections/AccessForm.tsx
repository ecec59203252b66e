import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { done } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { type Access, AccessFields } from './AccessFields.tsx';
import { initialValues, sent } from './jsonForm.ts';
import { type Connection, type Kind, useKinds, useSaveConnection, useTest } from './queries.ts';

interface Props {
  connection: Connection;
  part: 'settings' | 'credentials';
}

const words = {
  credentials: {
    title: 'Credentials',
    about:
      'Kept sealed and never shown, not even to who gave them. New ones take the place of the old, and it syncs at once.',
    verb: 'Save credentials',
    told: 'The credentials are saved; it syncs now.',
  },
  settings: {
    title: 'List',
    about:
      'It can be pointed at another list. Who is not on that one counts as removed, within the limit below.',
    verb: 'Save list',
    told: 'The list is saved; everybody on it is read.',
  },
} as const;

/** Which list, or the right to read it, changed on its own. */
export function AccessForm({ connection, part }: Props) {
  const kind = useKinds().data?.items.find((one) => one.kind === connection.kind);
  return kind ? <Form connection={connection} part={part} kind={kind} /> : null;
}

function Form({ connection, part, kind }: Props & { kind: Kind }) {
  const { title, about, verb, told } = words[part];
  const test = useTest();
  const save = useSaveConnection(connection.id);
  const begin = (): Access => ({
    settings: initialValues(kind.settings, connection.settings),
    credentials: initialValues(kind.credentials),
  });
  const [access, setAccess] = useState(begin);
  const dirty = JSON.stringify(access[part]) !== JSON.stringify(begin()[part]);
  const keep = () =>
    save.mutate(
      part === 'settings' ? { settings: sent(access.settings) } : { credentials: sent(access.credentials) },
      {
        onSuccess: () => {
          test.reset();
          done(told);
          if (part === 'credentials') setAccess(begin());
        },
      },
    );
  const submit = () => {
    // The old ones are lost by saving: new ones are tried first. Settings cannot be: the credentials are not known here.
    if (part === 'settings') return keep();
    test.mutate(
      {
        kind: kind.kind,
        settings: sent(access.settings),
        credentials: sent(access.credentials),
        sinks: connection.sinks,
      },
      { onSuccess: keep },
    );
  };
  return (
    <Panel title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack gap="sm" maw={560}>
          <Text size="sm" c="dimmed">
            {about}
          </Text>
          <AccessFields
            kind={kind}
            access={access}
            onChange={(changed) => {
              test.reset();
              save.reset();
              setAccess(changed);
            }}
            error={save.error ?? test.error}
            only={part}
          />
          <Group gap="xs">
            <Button type="submit" loading={test.isPending || save.isPending} disabled={!dirty}>
              {part === 'credentials' ? 'Test and save' : verb}
            </Button>
            {test.isError && (
              <Button variant="default" loading={save.isPending} onClick={keep}>
                Save all the same
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
