import { Alert, Button, Drawer, Group, Stack, TextInput } from '@mantine/core';
import { kinds } from '../flow/kinds.ts';
import { StepSign } from '../flow/StepSign.tsx';
import type { Step } from '../queries.ts';
import { StepEditor } from './StepEditor.tsx';

interface Props {
  step: Step;
  field: string;
  error: unknown;
  /** What the server said of this step. */
  wrong: string | undefined;
  onChange: (step: Step) => void;
  onClose: () => void;
}

/** One step beside the flow, to be edited. */
export function StepDrawer({ step, field, error, wrong, onChange, onClose }: Props) {
  const { label } = kinds[step.type];
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={step.type === 'email' ? 'min(100vw, 1120px)' : 'min(100vw, 560px)'}
      title={
        <Group gap="sm">
          <StepSign type={step.type} />
          {label}
        </Group>
      }
      closeButtonProps={{ 'aria-label': 'Close the step' }}
    >
      <Stack gap="md">
        {wrong && <Alert color="red" title={wrong} role="alert" />}
        <StepEditor step={step} field={field} error={error} onChange={onChange} />
        <TextInput
          label="Name of this step"
          description="For you and the report; nobody who gets emails sees it."
          placeholder="Optional"
          maw={420}
          value={step.name ?? ''}
          onChange={(event) => onChange({ ...step, name: event.currentTarget.value || undefined })}
        />
        <Group justify="flex-end">
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Drawer>
  );
}
