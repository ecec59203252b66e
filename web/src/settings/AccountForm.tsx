import { Button, Group, Modal, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Failure } from '../shared/Failure.tsx';
import { done } from '../shared/notify.ts';
import { accountFields, bound, errorAt } from './accountFields.ts';
import { accountKinds } from './accountKinds.tsx';
import { accountChange, accountValues, newAccount } from './accountValues.ts';
import { LimitFields } from './LimitFields.tsx';
import { type Account, useCreateAccount, useSaveAccount } from './queries.ts';
import { TrackingFields } from './TrackingFields.tsx';

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
  const { kind } = form.values;
  const { about, Fields } = accountKinds[kind];
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
            <Select
              label="Kind"
              description={about}
              allowDeselect={false}
              data={Object.entries(accountKinds).map(([value, { label }]) => ({ value, label }))}
              {...form.getInputProps('kind')}
            />
          )}
          <TextInput label="Name" required {...bound({ form, error }, 'name')} />
          <TextInput
            label="From"
            placeholder="Shop <hello@example.com>"
            required
            {...bound({ form, error }, 'from')}
          />
          {Fields && <Fields form={form} error={error} kept={account?.secrets ?? []} />}
          <NumberInput
            label="Emails a second, at most"
            min={0.1}
            {...bound({ form, error }, 'rate_per_second')}
          />
          <LimitFields form={form} error={error} />
          <TrackingFields form={form} error={error} />
          <Failure error={accountFields(kind).some((field) => errorAt(error, field)) ? undefined : error} />
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
