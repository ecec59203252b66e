import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useMe } from '../access/queries.ts';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { done } from '../shared/notify.ts';
import { type Account, useTestAccount } from './queries.ts';

/** Sends one email through an account, to see whether it arrives. */
export function TestSend({ account }: { account: Account }) {
  const [opened, { open, close }] = useDisclosure();
  const me = useMe().data?.person?.email;
  const [to, setTo] = useState(me ?? '');
  const test = useTestAccount(account.id);
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        Send a test
      </Button>
      <Modal opened={opened} onClose={close} title={`Test ${account.name}`} centered>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            test.mutate(to, {
              onSuccess: () => {
                done(`A test email to ${to} was handed over.`);
                close();
              },
            });
          }}
        >
          <Stack>
            <TextInput
              label="To"
              type="email"
              required
              value={to}
              onChange={(event) => setTo(event.currentTarget.value)}
              error={fieldError(test.error, 'to')}
            />
            <Failure error={otherError(test.error, 'to')} />
            <Group justify="flex-end">
              <Button type="submit" loading={test.isPending}>
                Send
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
