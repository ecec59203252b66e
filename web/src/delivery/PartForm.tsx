import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { done } from '../shared/notify.ts';
import { type TemplatePart, useSavePart } from './queries.ts';

interface Props {
  /** The part to change; a new one is made without. */
  part: TemplatePart | undefined;
  close: () => void;
}

/** Writes a part, or changes one. */
export function PartForm({ part, close }: Props) {
  const save = useSavePart();
  const form = useForm({ initialValues: { name: part?.name ?? '', source: part?.source ?? '' } });
  return (
    <Modal opened onClose={close} title={part ? `Change ${part.name}` : 'New part'} size="xl" centered>
      <form
        onSubmit={form.onSubmit((values) =>
          save.mutate(values, {
            onSuccess: (kept) => {
              done(`The part “${kept.name}” is saved.`);
              close();
            },
          }),
        )}
      >
        <Stack>
          {!part && (
            <TextInput
              label="Name"
              description="Small letters, digits, - and _"
              placeholder="footer"
              required
              {...form.getInputProps('name')}
              error={fieldError(save.error, 'name')}
            />
          )}
          <Textarea
            label="Source"
            description='Liquid in HTML or MJML. In a layout, {% block "content" %}{% endblock %} is where the email goes.'
            required
            autosize
            minRows={10}
            maxRows={24}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
            {...form.getInputProps('source')}
            error={fieldError(save.error, 'source')}
          />
          {part && (
            <Text size="sm" c="dimmed">
              Emails of running campaigns stay as they are. Save such a campaign again to have the change in
              it.
            </Text>
          )}
          <Failure error={otherError(save.error, 'name', 'source')} />
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending}>
              Save part
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
