import { Button, Group, Text } from '@mantine/core';
import { IconClock, IconMail } from '@tabler/icons-react';
import { Panel } from '../shared/Panel.tsx';
import { moved, newEmail, newWait } from './draft.ts';
import type { Step } from './queries.ts';
import { StepCard } from './StepCard.tsx';
import classes from './Steps.module.css';

interface Props {
  steps: Step[];
  onChange: (steps: Step[]) => void;
  error: unknown;
}

/** What everybody who enters goes through, in order. */
export function Steps({ steps, onChange, error }: Props) {
  return (
    <Panel title="Steps">
      {steps.length === 0 && (
        <Text size="sm" c="dimmed" mb="sm">
          No steps yet: add an email to begin with.
        </Text>
      )}
      <ol className={classes.steps}>
        {steps.map((step, at) => (
          <li key={step.id} className={classes.step}>
            <StepCard
              step={step}
              at={at}
              count={steps.length}
              error={error}
              onChange={(next) => onChange(steps.map((one, index) => (index === at ? next : one)))}
              onMove={(by) => onChange(moved(steps, at, by))}
              onRemove={() => onChange(steps.filter((_, index) => index !== at))}
            />
          </li>
        ))}
      </ol>
      <Group gap="xs">
        <Button
          variant="default"
          size="xs"
          leftSection={<IconMail size={15} />}
          onClick={() => onChange([...steps, newEmail()])}
        >
          Add email
        </Button>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconClock size={15} />}
          onClick={() => onChange([...steps, newWait()])}
        >
          Add wait
        </Button>
      </Group>
    </Panel>
  );
}
