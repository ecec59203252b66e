import {
  Checkbox,
  Group,
  Input,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Stack,
  TextInput,
} from '@mantine/core';
import { fieldError } from '../shared/fieldError.ts';
import { type MappingDraft, sinksOf } from './mappingDraft.ts';

interface Props {
  draft: MappingDraft;
  onChange: (draft: MappingDraft) => void;
  error: unknown;
  /** A secret of the data API is kept already. */
  hasSecret: boolean;
}

const removals: { value: MappingDraft['removals']; label: string }[] = [
  { value: 'delete', label: 'DELETE them' },
  { value: 'field', label: 'Mark them' },
  { value: 'none', label: 'Nothing' },
];

/** Where the records of a list go. */
export function SinkFields({ draft, onChange, error, hasSecret }: Props) {
  const set = (part: Partial<MappingDraft>) => onChange({ ...draft, ...part });
  const kinds = sinksOf(draft).map(({ kind }) => kind);
  const errorAt = (kind: 'profiles' | 'data_api', field: string) =>
    fieldError(error, `sinks.${kinds.indexOf(kind)}.${field}`);
  const missing = kinds.length === 0 ? 'Choose one of them at least.' : undefined;
  return (
    <Stack gap="sm">
      <Checkbox
        label="People here"
        description="Each record is a person of this workspace, with the attributes above."
        checked={draft.profiles}
        onChange={(event) => set({ profiles: event.currentTarget.checked })}
        error={missing ?? fieldError(error, 'sinks')}
      />
      {draft.profiles && (
        <TextInput
          ml={32}
          label="Attribute of those on the list"
          description="Who is on the list has it, nobody else does: segments can ask for it."
          required
          maw={440}
          value={draft.membership}
          onChange={(event) => set({ membership: event.currentTarget.value })}
          error={errorAt('profiles', 'membership')}
        />
      )}
      <Checkbox
        label="A data API of your own"
        description="Takes POST of a JSON array of {id, firstname, lastname, email}. Needs email, first_name and last_name mapped."
        checked={draft.dataApi}
        onChange={(event) => set({ dataApi: event.currentTarget.checked })}
      />
      {draft.dataApi && (
        <Stack gap="sm" maw={440} ml={32}>
          <TextInput
            label="Address"
            placeholder="https://api.example.com/people"
            required
            inputMode="url"
            value={draft.url}
            onChange={(event) => set({ url: event.currentTarget.value })}
            error={errorAt('data_api', 'url')}
          />
          <Group align="flex-start" grow>
            <TextInput
              label="Header"
              required
              value={draft.header}
              onChange={(event) => set({ header: event.currentTarget.value })}
              error={errorAt('data_api', 'header')}
            />
            <NumberInput
              label="Records a call"
              required
              min={1}
              max={5_000}
              value={draft.batchSize}
              onChange={(batchSize) => set({ batchSize })}
              error={errorAt('data_api', 'batch_size')}
            />
          </Group>
          <PasswordInput
            label="Secret"
            description="Goes into the header, as it is. Kept sealed, never shown again."
            required={!hasSecret}
            placeholder={hasSecret ? 'Kept as it is' : ''}
            autoComplete="new-password"
            value={draft.secret}
            onChange={(event) => set({ secret: event.currentTarget.value })}
            error={fieldError(error, 'sink_credentials.data_api.secret')}
          />
          <Input.Wrapper label="Who leaves the list" labelElement="div">
            <SegmentedControl
              size="xs"
              fullWidth
              aria-label="What is done there about who leaves the list"
              data={removals}
              value={draft.removals}
              onChange={(value) => set({ removals: value as MappingDraft['removals'] })}
            />
          </Input.Wrapper>
          {draft.removals === 'field' && (
            <TextInput
              label="Field that is set to true"
              placeholder="removed"
              required
              value={draft.removalsField}
              onChange={(event) => set({ removalsField: event.currentTarget.value })}
              error={errorAt('data_api', 'removals.field')}
            />
          )}
        </Stack>
      )}
    </Stack>
  );
}
