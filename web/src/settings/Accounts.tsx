import { Button, SimpleGrid, Stack } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import { EmptyState } from '../shared/EmptyState.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { Panel } from '../shared/Panel.tsx';
import { AccountCard } from './AccountCard.tsx';
import { AccountForm } from './AccountForm.tsx';
import { type Account, useAccounts } from './queries.ts';

/** The provider accounts emails go out through. */
export function Accounts() {
  const accounts = useAccounts();
  const [edited, setEdited] = useState<Account | 'new'>();
  const button = (
    <Button size="xs" onClick={() => setEdited('new')}>
      New account
    </Button>
  );
  return (
    <Stack>
      <Panel title="Provider accounts" aside={accounts.data?.items.length ? button : undefined}>
        <Loaded query={accounts}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={IconSend} title="No account yet" action={button}>
                Emails go out through a provider account: an SMTP server, Amazon SES, Mailchimp Transactional,
                or the dev mailbox, which keeps them here.
              </EmptyState>
            ) : (
              <SimpleGrid cols={{ base: 1, md: 2 }}>
                {items.map((account) => (
                  <AccountCard key={account.id} account={account} edit={() => setEdited(account)} />
                ))}
              </SimpleGrid>
            )
          }
        </Loaded>
      </Panel>
      {edited && (
        <AccountForm account={edited === 'new' ? undefined : edited} close={() => setEdited(undefined)} />
      )}
    </Stack>
  );
}
