import { Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { When } from '../shared/When.tsx';
import classes from './Mailbox.module.css';
import type { Mail } from './queries.ts';

interface Props {
  mails: Mail[];
  open: string | undefined;
}

/** The emails received, newest first. */
export function MailboxList({ mails, open }: Props) {
  return (
    <ul className={classes.items} aria-label="Received emails">
      {mails.map((mail) => (
        <li key={mail.id} data-testid="mailbox-row">
          <Link
            to="/emails/mailbox"
            search={(old) => ({ ...old, open: mail.id })}
            replace={open !== undefined}
            resetScroll={false}
            className={classes.item}
            data-open={mail.id === open || undefined}
            aria-current={mail.id === open || undefined}
          >
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <Text size="sm" fw={550} truncate>
                {mail.to}
              </Text>
              <Text size="xs" c="dimmed">
                <When time={mail.received_at} />
              </Text>
            </Group>
            <Text size="sm" c="dimmed" truncate>
              {mail.subject}
            </Text>
          </Link>
        </li>
      ))}
    </ul>
  );
}
