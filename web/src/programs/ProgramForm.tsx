import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMe } from '../access/queries.ts';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { type Program, useCreateProgram, useSaveProgram } from './queries.ts';
import { SharedFields, sharedFields } from './SharedFields.tsx';
import { useShowError } from './useShowError.ts';
import { changes, programBody, programValues } from './values.ts';

interface Props {
  /** The program to change; a new one is made without. */
  program: Program | undefined;
  close: () => void;
  onSaved: (program: Program) => void;
}

/** Makes a program, or changes one. */
export function ProgramForm({ program, close, onSaved }: Props) {
  const create = useCreateProgram();
  const save = useSaveProgram(program?.id ?? '');
  const zone = useMe().data?.workspace.timezone;
  const form = useForm({ initialValues: programValues(program) });
  const error = create.error ?? save.error;
  const shown = useShowError(error);
  const then = { onSuccess: onSaved };
  return (
    <Modal opened onClose={close} title={program ? `Change ${program.name}` : 'New program'} centered>
      <form
        ref={shown}
        onSubmit={form.onSubmit((values) => {
          const body = programBody(values);
          if (program) save.mutate(changes(programBody(programValues(program)), body), then);
          else create.mutate(body, then);
        })}
      >
        <Stack>
          <TextInput
            label="Name"
            placeholder="Points"
            required
            data-autofocus
            {...form.getInputProps('name')}
            error={fieldError(error, 'name')}
          />
          <SharedFields
            form={form}
            error={error}
            what="program"
            inherited={{
              timezone: `The workspace’s: ${zone}`,
              sender: {
                name: 'As the sending account',
                address: 'As the sending account',
                reply_to: 'The address',
              },
            }}
          />
          <Failure error={otherError(error, ...sharedFields)} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending || save.isPending}>
              {program ? 'Save program' : 'Create program'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
