import { Button, Group, Select, TextInput } from '@mantine/core';
import { useCampaigns } from '../campaigns/queries.ts';
import type { EmailsSearch } from '../search.ts';
import { useAccounts } from '../settings/queries.ts';
import { SearchBox } from '../shared/SearchBox.tsx';
import { results, statuses } from './queries.ts';

interface Props {
  value: EmailsSearch;
  change: (next: EmailsSearch) => void;
}

const states = [
  { group: 'Status', items: [...statuses] },
  { group: 'Sent, and then', items: [...results] },
];

export const isFiltered = ({ open: _, ...filters }: EmailsSearch) =>
  Object.values(filters).some((one) => one !== undefined);

/** What of the ledger is shown. */
export function EmailFilters({ value, change }: Props) {
  const campaigns = useCampaigns();
  const accounts = useAccounts().data?.items ?? [];
  const chosen = campaigns.data?.items.find(({ id }) => id === value.campaign);
  const steps = (chosen?.definition.steps ?? []).flatMap((step) =>
    step.type === 'email' ? [{ value: step.id, label: step.subject || 'Email' }] : [],
  );
  const nothing = { status: undefined, search: undefined, campaign: undefined, step: undefined };
  return (
    <>
      <SearchBox
        label="Search emails"
        placeholder="Beginning of the address"
        value={value.search}
        onChange={(search) => change({ search })}
      />
      <Select
        aria-label="Status"
        placeholder="Any status"
        clearable
        w={150}
        value={value.status ?? null}
        onChange={(status) => change({ status: status ?? undefined })}
        data={states}
      />
      <Select
        aria-label="Campaign"
        placeholder="Any campaign"
        clearable
        searchable
        w={200}
        value={value.campaign ?? null}
        onChange={(campaign) => change({ campaign: campaign ?? undefined, step: undefined })}
        data={(campaigns.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
      />
      {(steps.length > 1 || value.step !== undefined) && (
        <Select
          aria-label="Step"
          placeholder="Any step"
          clearable
          w={180}
          value={value.step ?? null}
          onChange={(step) => change({ step: step ?? undefined })}
          data={steps}
        />
      )}
      {(accounts.length > 1 || value.account !== undefined) && (
        <Select
          aria-label="Account"
          placeholder="Any account"
          clearable
          w={160}
          value={value.account ?? null}
          onChange={(account) => change({ account: account ?? undefined })}
          data={accounts.map(({ id, name }) => ({ value: id, label: name }))}
        />
      )}
      <Group gap={6} wrap="nowrap">
        <TextInput
          type="date"
          aria-label="From"
          value={value.from ?? ''}
          max={value.to}
          onChange={(input) => change({ from: input.currentTarget.value || undefined })}
        />
        –
        <TextInput
          type="date"
          aria-label="To"
          value={value.to ?? ''}
          min={value.from}
          onChange={(input) => change({ to: input.currentTarget.value || undefined })}
        />
      </Group>
      {isFiltered(value) && (
        <Button
          size="compact-sm"
          variant="subtle"
          onClick={() => change({ ...nothing, account: undefined, from: undefined, to: undefined })}
        >
          Clear filters
        </Button>
      )}
    </>
  );
}
