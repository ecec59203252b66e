import { Alert, Button, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ApiError } from '../api/client.ts';

interface Props {
  error: unknown;
  retry?: (() => void) | undefined;
}

/** What the server said went wrong, its hint, and a way to try again. */
export function Failure({ error, retry }: Props) {
  if (!error) return null;
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError ? error.hint : undefined;
  // What the server refused it will refuse again.
  const refused =
    error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
  return (
    <Alert color="red" icon={<IconAlertTriangle />} title={message} role="alert">
      {hint && <Text size="sm">{hint}</Text>}
      {retry && !refused && (
        <Button size="xs" variant="default" mt={hint ? 'xs' : 0} onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
