import { notifications } from '@mantine/notifications';
import { ApiError } from '../api/client.ts';

/** Something was done. */
export const done = (message: string) => notifications.show({ message, color: 'spruce' });

/** Something could not be done; what the server said. */
export function failed(error: unknown) {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError ? error.hint : undefined;
  notifications.show({ title: message, message: hint ?? '', color: 'red', autoClose: 8_000 });
}
