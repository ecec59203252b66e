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
  return (
    <Alert color="red" icon={<IconAlertTriangle />} title={message} role="alert">
      {hint && <Text size="sm">{hint}</Text>}
      {retry && (
        <Button size="xs" variant="default" mt={hint ? 'xs' : 0} onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
