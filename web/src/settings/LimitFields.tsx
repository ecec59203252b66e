import { Group, NumberInput, Select, TagsInput } from '@mantine/core';
import { type AccountFieldsProps, bound } from './accountFields.ts';

/** What limits an account beside its rate a second, and what becomes of emails in doubt. */
export function LimitFields({ form, error }: Omit<AccountFieldsProps, 'kept'>) {
  const field = (name: string) => bound({ form, error }, name);
  return (
    <>
      <Group grow align="start">
        <NumberInput label="An hour" placeholder="no limit" min={1} {...field('limits.per_hour')} />
        <NumberInput label="A day" placeholder="no limit" min={1} {...field('limits.per_day')} />
        <NumberInput label="At once" placeholder="no limit" min={1} {...field('limits.in_flight')} />
      </Group>
      <TagsInput
        label="Warm-up: emails on its first day, its second, …"
        description="A new sender that sends much at once is taken for spam. After the last day the plan is over."
        placeholder="50, then Enter"
        allowDuplicates
        {...field('limits.warm_up')}
      />
      <Select
        label="If the process dies while an email is being sent"
        allowDeselect={false}
        data={[
          { value: 'resend', label: 'Send it again, under the same Message-ID' },
          { value: 'hold', label: 'Hold it until a person says whether it was sent' },
        ]}
        {...field('after_crash')}
      />
    </>
  );
}
