import { Button, Group, Modal, NumberInput, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { done } from '../shared/notify.ts';
import { accountChange, accountValues, newAccount } from './accountValues.ts';
import { type Account, useCreateAccount, useSaveAccount } from './queries.ts';
import { SmtpFields } from './SmtpFields.tsx';

interface Props {
  /** The account to change; a new one is made without. */
  account: Account | undefined;
  close: () => void;
}

/** Makes a provider account, or changes one. */
export function AccountForm({ account, close }: Props) {
  const create = useCreateAccount();
  const save = useSaveAccount(account?.id ?? '');
  const form = useForm({ initialValues: accountValues(account) });
  const error = create.error ?? save.error;
  const then = {
    onSuccess: (kept: Account) => {
      done(`${kept.name} is saved.`);
      close();
    },
  };
  return (
    <Modal opened onClose={close} title={account ? `Change ${account.name}` : 'New account'} centered>
      <form
        onSubmit={form.onSubmit((values) =>
          account ? save.mutate(accountChange(values), then) : create.mutate(newAccount(values), then),
        )}
      >
        <Stack>
          {!account && (
            <SegmentedControl
              fullWidth
              aria-label="Kind of account"
              data={[
                { value: 'smtp', label: 'SMTP server' },
                { value: 'dev', label: 'Dev mailbox' },
              ]}
              {...form.getInputProps('kind')}
            />
          )}
          <TextInput
            label="Name"
            required
            {...form.getInputProps('name')}
            error={fieldError(error, 'name')}
          />
          <TextInput
            label="From"
            placeholder="Shop <hello@example.com>"
            required
            {...form.getInputProps('from')}
            error={fieldError(error, 'from')}
          />
          {form.values.kind === 'smtp' && (
            <SmtpFields form={form} error={error} hasPassword={account?.has_password ?? false} />
          )}
          <NumberInput
            label="Emails a second, at most"
            min={0.1}
            {...form.getInputProps('rate_per_second')}
            error={fieldError(error, 'rate_per_second')}
          />
          <Failure
            error={otherError(
              error,
              'name',
              'from',
              'rate_per_second',
              'settings.host',
              'settings.port',
              'password',
            )}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending || save.isPending}>
              Save account
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
