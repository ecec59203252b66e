import { Text } from '@mantine/core';
import { fieldError } from '../../shared/fieldError.ts';
import type { Step } from '../queries.ts';
import { BranchEditor } from './BranchEditor.tsx';
import { EmailStepEditor } from './EmailStepEditor.tsx';
import { LengthFields } from './LengthFields.tsx';
import { SetAttributeEditor } from './SetAttributeEditor.tsx';
import { SplitEditor } from './SplitEditor.tsx';
import { WaitForEditor } from './WaitForEditor.tsx';
import { WaitUntilEditor } from './WaitUntilEditor.tsx';
import { WebhookEditor } from './WebhookEditor.tsx';

interface Props {
  step: Step;
  field: string;
  error: unknown;
  onChange: (step: Step) => void;
}

/** What one step does, by its kind. */
export function StepEditor({ step, ...rest }: Props) {
  switch (step.type) {
    case 'email':
      return <EmailStepEditor step={step} {...rest} />;
    case 'wait':
      return (
        <LengthFields
          label="Wait"
          seconds={step.seconds}
          error={fieldError(rest.error, `${rest.field}.seconds`)}
          onChange={(seconds) => rest.onChange({ ...step, seconds })}
        />
      );
    case 'wait_until':
      return <WaitUntilEditor step={step} {...rest} />;
    case 'wait_for':
      return <WaitForEditor step={step} {...rest} />;
    case 'branch':
      return <BranchEditor step={step} {...rest} />;
    case 'split':
      return <SplitEditor step={step} {...rest} />;
    case 'set_attribute':
      return <SetAttributeEditor step={step} {...rest} />;
    case 'webhook':
      return <WebhookEditor step={step} {...rest} />;
    case 'exit':
      return (
        <Text size="sm" c="dimmed">
          Whoever gets here leaves the campaign. They may enter again if it lets people in more than once.
        </Text>
      );
  }
}
