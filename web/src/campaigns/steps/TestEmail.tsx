import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useMe } from '../../access/queries.ts';
import { Failure } from '../../shared/Failure.tsx';
import { done } from '../../shared/notify.ts';
import { type Letter, useTestEmail } from '../queries.ts';

interface Props {
  letter: Letter;
  /** The account the email is sent through; the default one without. */
  account: string | undefined;
}

/** Sends the email as the preview shows it to one address. */
export function TestEmail({ letter, account }: Props) {
  const [opened, { open, close }] = useDisclosure();
  const me = useMe().data?.person?.email;
  const [to, setTo] = useState<string>();
  const test = useTestEmail();
  const address = to ?? me ?? '';
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        Send a test
      </Button>
      <Modal opened={opened} onClose={close} title="Send a test of this email" centered>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            // The editor's form is around this one.
            event.stopPropagation();
            test.mutate(
              { ...letter, to: address, ...(account && { account }) },
              {
                onSuccess: (sent) => {
                  const where = sent.account.kind === 'dev' ? 'is in the dev mailbox' : 'was handed over';
                  done(`The test to ${address} ${where}.`);
                  close();
                },
              },
            );
          }}
        >
          <Stack>
            <Text size="sm">As the preview shows it. It is counted nowhere.</Text>
            <TextInput
              label="To"
              type="email"
              required
              value={address}
              onChange={(event) => setTo(event.currentTarget.value)}
            />
            <Failure error={test.error} />
            <Group justify="flex-end">
              <Button type="submit" loading={test.isPending}>
                Send test
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
