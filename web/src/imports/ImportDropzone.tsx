import '@mantine/dropzone/styles.css';
import { Button, Group, Stack, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconFileSpreadsheet } from '@tabler/icons-react';
import { useRef } from 'react';

interface Props {
  choose: (file: File) => void;
  busy: boolean;
}

/** Where a file is dropped or chosen. Whether it can be read is for the server to say. */
export function ImportDropzone({ choose, busy }: Props) {
  const open = useRef<() => void>(null);
  return (
    <Dropzone
      onDrop={([file]) => file && choose(file)}
      multiple={false}
      loading={busy}
      openRef={open}
      activateOnClick={false}
      activateOnKeyboard={false}
      tabIndex={-1}
      enablePointerEvents
      radius="lg"
      p="xl"
      bg="var(--surface)"
      inputProps={{ 'aria-label': 'Customer file', 'data-testid': 'import-file' } as object}
    >
      <Group justify="center" gap="lg">
        <IconFileSpreadsheet size={44} stroke={1.3} color="var(--mantine-color-dimmed)" aria-hidden />
        <Stack gap={4}>
          <Text fw={600}>Drop a CSV or JSON Lines file here</Text>
          <Text size="sm" c="dimmed" maw={420}>
            One customer a row, or one message a line. Any delimiter and encoding; gzip too. You see how the
            file is understood before anything is taken in.
          </Text>
        </Stack>
        <Button onClick={() => open.current?.()}>Choose a file</Button>
      </Group>
    </Dropzone>
  );
}
