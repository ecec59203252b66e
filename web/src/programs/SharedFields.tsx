import { Fieldset, Select, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { fieldError } from '../shared/fieldError.ts';
import { timeZones } from '../shared/timeZones.ts';
import type { ProgramValues } from './values.ts';

interface Props {
  /** A form of these values, and perhaps more. */
  form: Pick<UseFormReturnType<ProgramValues>, 'values' | 'getInputProps'> & {
    setFieldValue(field: 'timezone', value: string): void;
  };
  error: unknown;
  /** What holds where nothing is given. */
  inherited: { timezone: string; sender: { name: string; address: string; reply_to: string } };
  /** Whose id it is to documents. */
  what: 'program' | 'location';
}

/** The fields whose errors are shown at their place. */
export const sharedFields = [
  'name',
  'external_id',
  'timezone',
  'sender.name',
  'sender.address',
  'sender.reply_to',
];

/** Time zone, sender identity and external id: the same for a program and for a location. */
export function SharedFields({ form, error, inherited, what }: Props) {
  const { timezone } = form.values;
  const at = (field: string) => ({ ...form.getInputProps(field), error: fieldError(error, field) });
  return (
    <>
      <Select
        label="Time zone"
        placeholder={inherited.timezone}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': 'Clear time zone' }}
        limit={60}
        data={timeZones(timezone || undefined)}
        value={timezone || null}
        onChange={(zone) => form.setFieldValue('timezone', zone ?? '')}
        error={fieldError(error, 'timezone')}
      />
      <Fieldset legend="Emails come from" mx={0}>
        <TextInput label="Sender’s name" placeholder={inherited.sender.name} {...at('sender.name')} />
        <TextInput
          label="From address"
          type="email"
          mt="xs"
          placeholder={inherited.sender.address}
          {...at('sender.address')}
        />
        <TextInput
          label="Reply-to address"
          type="email"
          mt="xs"
          placeholder={inherited.sender.reply_to}
          {...at('sender.reply_to')}
        />
      </Fieldset>
      <TextInput
        label="External id"
        description={
          what === 'program'
            ? 'What your other systems call it: documents with this id are about this program.'
            : 'What your other systems call it: documents and files with this id mean this location.'
        }
        spellCheck={false}
        autoComplete="off"
        {...at('external_id')}
      />
    </>
  );
}
