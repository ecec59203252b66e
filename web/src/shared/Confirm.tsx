import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { Failure } from './Failure.tsx';

interface Props {
  title: string;
  /** What will happen, what will be lost; asked for only when it is shown. */
  children: ReactNode | ((close: () => void) => ReactNode);
  size?: string;
  /** The verb on the button that does it. */
  verb: string;
  danger?: boolean;
  run: () => Promise<unknown>;
  /** The control that asks. */
  trigger: (open: () => void) => ReactNode;
}

/** Asks before something is done that cannot be taken back. */
export function Confirm({ title, children, size, verb, danger, run, trigger }: Props) {
  const [opened, { open, close }] = useDisclosure();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await run();
      close();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {trigger(open)}
      <Modal opened={opened} onClose={close} title={title} size={size} centered>
        <Stack>
          <Text size="sm" component="div">
            {typeof children === 'function' ? children(close) : children}
          </Text>
          <Failure error={error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Keep as it is
            </Button>
            <Button color={danger ? 'red.8' : undefined} loading={busy} onClick={confirm} data-autofocus>
              {verb}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
