import { Button, Fieldset, Group, Modal, SimpleGrid, Stack, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMe } from '../access/queries.ts';
import { ApiError } from '../api/client.ts';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { done } from '../shared/notify.ts';
import { type Location, type Program, useAddLocation, useSaveLocation } from './queries.ts';
import { SharedFields, sharedFields } from './SharedFields.tsx';
import { useShowError } from './useShowError.ts';
import { changes, locationBody, locationValues } from './values.ts';

interface Props {
  program: Program;
  /** The location to change; a new one is added without. */
  location: Location | undefined;
  close: () => void;
}

const places = ['street', 'postal_code', 'city', 'region', 'country'] as const;
const labels = {
  street: 'Street',
  postal_code: 'Postal code',
  city: 'City',
  region: 'Region',
  country: 'Country',
};

/** Adds a location to a program, or changes one. */
export function LocationForm({ program, location, close }: Props) {
  const add = useAddLocation(program.id);
  const save = useSaveLocation(program.id, location?.id ?? '');
  const zone = useMe().data?.workspace.timezone;
  const form = useForm({ initialValues: locationValues(location) });
  const error = add.error ?? save.error;
  const shown = useShowError(error);
  const { sender } = program;
  const then = {
    onSuccess: ({ name }: Location) => {
      done(`${name} is saved.`);
      close();
    },
  };
  return (
    <Modal opened onClose={close} title={location ? `Change ${location.name}` : 'New location'} centered>
      <form
        ref={shown}
        onSubmit={form.onSubmit((values) => {
          const body = locationBody(values);
          if (location) save.mutate(changes(locationBody(locationValues(location)), body), then);
          else add.mutate(body, then);
        })}
      >
        <Stack>
          <TextInput
            label="Name"
            placeholder="Chicago"
            required
            data-autofocus
            {...form.getInputProps('name')}
            error={fieldError(error, 'name')}
          />
          <TagsInput
            label="Other spellings"
            description="As files write it in the store location. Capitals do not count; press Enter after each."
            placeholder={form.values.aliases.length === 0 ? 'CHI' : ''}
            clearable
            clearButtonProps={{ 'aria-label': 'Clear other spellings' }}
            {...form.getInputProps('aliases')}
            error={spellingError(error)}
          />
          <SharedFields
            form={form}
            error={error}
            what="location"
            inherited={{
              timezone: `The program’s: ${program.timezone ?? zone}`,
              sender: {
                name: sender.name ?? 'As the program',
                address: sender.address ?? 'As the program',
                reply_to: sender.reply_to ?? 'As the program',
              },
            }}
          />
          <Fieldset legend="Where it is" mx={0}>
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" verticalSpacing="xs">
              {places.map((field) => (
                <TextInput
                  key={field}
                  label={labels[field]}
                  {...form.getInputProps(`address.${field}`)}
                  error={fieldError(error, `address.${field}`)}
                />
              ))}
            </SimpleGrid>
          </Fieldset>
          <Failure
            error={
              spellingError(error)
                ? undefined
                : otherError(error, ...sharedFields, ...places.map((field) => `address.${field}`))
            }
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending || save.isPending}>
              {location ? 'Save location' : 'Add location'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** What is wrong with the spellings, or with one of them. */
const spellingError = (error: unknown) =>
  error instanceof ApiError && error.field?.startsWith('aliases')
    ? fieldError(error, error.field)
    : undefined;
