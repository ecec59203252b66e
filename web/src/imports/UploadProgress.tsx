import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { bytes, percent } from '../shared/format.ts';
import type { useUpload } from './useUpload.ts';

interface Props {
  upload: ReturnType<typeof useUpload>;
  size: number;
}

/** How far an upload is, and the buttons to pause it and to let it be. */
export function UploadProgress({ upload, size }: Props) {
  const paused = upload.state === 'paused';
  return (
    <Stack gap={6} data-testid="upload-progress">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={550} aria-live="polite">
          {paused ? 'Paused' : 'Uploading'}, {percent(upload.sent, size)}
        </Text>
        <Text size="sm" c="dimmed">
          {bytes(upload.sent)} of {bytes(size)}
        </Text>
      </Group>
      <Progress
        value={size === 0 ? 100 : (upload.sent / size) * 100}
        size="lg"
        striped={!paused}
        animated={!paused}
        aria-label="Upload"
      />
      <Group gap="xs">
        {paused ? (
          <Button size="xs" onClick={upload.goOn}>
            Go on
          </Button>
        ) : (
          <Button size="xs" variant="default" onClick={upload.pause}>
            Pause
          </Button>
        )}
        <Button size="xs" variant="subtle" color="gray" onClick={() => void upload.stop()}>
          Stop upload
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        If the tab is closed or the network goes away, choose the same file again: it goes on where it was.
      </Text>
    </Stack>
  );
}
