import { Button, Code, Modal, ScrollArea, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { Rejected } from './queries.ts';

/** Indented where it is JSON, else as it came. */
function indented(message: string): string {
  try {
    return JSON.stringify(JSON.parse(message), null, 2);
  } catch {
    return message;
  }
}

/** A message that could not be taken, as it came. */
export function RejectedMessage({ rejected }: { rejected: Rejected }) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={open}>
        JSON
      </Button>
      <Modal opened={opened} onClose={close} title="Rejected message" size="lg" centered>
        <Stack gap="sm" ta="start">
          <Text size="sm">
            <b>{rejected.field || 'The whole message'}</b>: {rejected.reason}
          </Text>
          <ScrollArea.Autosize mah={420} tabIndex={0} role="region" aria-label="The message">
            <Code block>{indented(rejected.message)}</Code>
          </ScrollArea.Autosize>
        </Stack>
      </Modal>
    </>
  );
}
