import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { count } from '../shared/format.ts';
import { Panel } from '../shared/Panel.tsx';
import { type Access, AccessFields } from './AccessFields.tsx';
import { sent } from './jsonForm.ts';
import { type Kind, type Tested, useTest } from './queries.ts';

interface Props {
  kind: Kind;
  access: Access;
  /** What the last test said, if nothing was changed since. */
  tested: Tested | undefined;
  /** What the server said of it afterwards. */
  error: unknown;
  onChange: (access: Access) => void;
  onTested: (tested: Tested) => void;
  back: () => void;
  next: () => void;
}

/** Which list, and the right to read it; it goes on once it was read. */
export function AccessStep({ kind, access, tested, error, onChange, onTested, back, next }: Props) {
  const test = useTest();
  const run = () =>
    test.mutate(
      { kind: kind.kind, settings: sent(access.settings), credentials: sent(access.credentials) },
      { onSuccess: onTested },
    );
  return (
    <Panel title={kind.label}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (tested) next();
          else run();
        }}
      >
        <Stack maw={560}>
          <AccessFields
            kind={kind}
            access={access}
            onChange={(changed) => {
              test.reset();
              onChange(changed);
            }}
            error={test.error ?? error}
          />
          {tested && (
            <Alert
              color="spruce"
              icon={<IconCircleCheck />}
              title={`“${tested.name}” can be read`}
              data-testid="test-passed"
            >
              <Text size="sm">
                {tested.count === null
                  ? 'How many are on it, it does not say.'
                  : `${count(tested.count, 'record is', 'records are')} on it.`}{' '}
                {count(tested.fields.length, 'field', 'fields')} were found.
              </Text>
            </Alert>
          )}
          <Text size="xs" c="dimmed">
            Credentials are kept sealed and never shown again. Nothing is kept before the last step.
          </Text>
          <Group gap="xs" justify="space-between">
            <Button variant="default" onClick={back}>
              Back
            </Button>
            <Button type="submit" loading={test.isPending}>
              {tested ? 'Map its fields' : 'Test'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
