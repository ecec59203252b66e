import { Alert, Badge, Button, Card, Group, Text, Title } from '@mantine/core';
import { holdsBack } from '../campaigns/sending/holdsBack.ts';
import { Confirm } from '../shared/Confirm.tsx';
import { number } from '../shared/format.ts';
import { done, failed } from '../shared/notify.ts';
import { Status } from '../shared/Status.tsx';
import { AccountHook } from './AccountHook.tsx';
import { AccountUsage } from './AccountUsage.tsx';
import { accountKinds } from './accountKinds.tsx';
import { type Account, useDeleteAccount, useSaveAccount } from './queries.ts';
import { TestSend } from './TestSend.tsx';

/** One account: where it sends, how fast, whether it does. */
export function AccountCard({ account, edit }: { account: Account; edit: () => void }) {
  const save = useSaveAccount(account.id);
  const remove = useDeleteAccount();
  const paused = account.status === 'paused';
  const held = holdsBack(account);
  return (
    <Card component="article" aria-label={account.name} padding="sm" radius="md" bg="transparent">
      <Group justify="space-between" gap="xs">
        <Title order={3}>{account.name}</Title>
        <Group gap={6}>
          {account.is_default && <Badge color="gray">default</Badge>}
          <Status value={account.status} />
        </Group>
      </Group>
      <Text size="sm" mt={4} style={{ overflowWrap: 'anywhere' }}>
        {account.from}
      </Text>
      <Text size="sm" c="dimmed">
        {accountKinds[account.kind].place(account.settings)}, at most {number(account.rate_per_second)} a
        second
      </Text>
      {(account.tracking.opens || account.tracking.clicks) && (
        <Text size="sm" c="dimmed">
          Tracks{' '}
          {[account.tracking.opens && 'openings', account.tracking.clicks && 'clicks']
            .filter(Boolean)
            .join(' and ')}
        </Text>
      )}
      <AccountHook account={account} />
      <AccountUsage account={account} />
      {!paused && held && (
        <Text size="sm" mt={6} data-testid="account-held">
          {held}
        </Text>
      )}
      {paused && account.paused_reason && (
        <Alert color="marigold" mt="sm" title="Paused">
          {account.paused_reason}
        </Alert>
      )}
      <Group gap="xs" mt="md">
        <TestSend account={account} />
        <Button size="compact-sm" variant="default" onClick={edit}>
          Change
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          loading={save.isPending}
          onClick={() =>
            save.mutate(
              { status: paused ? 'active' : 'paused' },
              { onSuccess: (now) => done(`${now.name} is ${now.status}.`), onError: failed },
            )
          }
        >
          {paused ? 'Resume' : 'Pause'}
        </Button>
        {!account.is_default && (
          <>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => save.mutate({ is_default: true }, { onError: failed })}
            >
              Make default
            </Button>
            <Confirm
              title={`Delete “${account.name}”?`}
              verb="Delete account"
              danger
              run={() => remove.mutateAsync(account.id)}
              trigger={(open) => (
                <Button size="compact-sm" variant="default" onClick={open}>
                  Delete
                </Button>
              )}
            >
              Its settings and its secrets are lost. Emails that wait for it cannot be sent.
            </Confirm>
          </>
        )}
      </Group>
    </Card>
  );
}
