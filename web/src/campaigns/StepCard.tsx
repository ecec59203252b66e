import { ActionIcon, Group, Text } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconClock, IconMail, IconTrash } from '@tabler/icons-react';
import { EmailStepEditor } from './EmailStepEditor.tsx';
import type { Step } from './queries.ts';
import classes from './Steps.module.css';
import { WaitStepEditor } from './WaitStepEditor.tsx';

interface Props {
  step: Step;
  at: number;
  count: number;
  error: unknown;
  onChange: (step: Step) => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
}

/** One step: what it does, and its place among the others. */
export function StepCard({ step, at, count, error, onChange, onMove, onRemove }: Props) {
  const email = step.type === 'email';
  const name = `step ${at + 1}`;
  const Sign = email ? IconMail : IconClock;
  return (
    <section className={classes.card} aria-label={`Step ${at + 1}: ${step.type}`}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap="sm" wrap="nowrap" align="flex-start" flex={1} miw={0}>
          <span className={email ? classes.sign : `${classes.sign} ${classes.wait}`} aria-hidden>
            <Sign size={17} stroke={1.7} />
          </span>
          {email ? (
            <Text fw={600} lh="30px" truncate>
              {step.subject || 'Email'}
            </Text>
          ) : (
            <WaitStepEditor step={step} name={name} onChange={onChange} />
          )}
        </Group>
        <Group gap={2} wrap="nowrap">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Move ${name} up`}
            disabled={at === 0}
            onClick={() => onMove(-1)}
          >
            <IconArrowUp size={16} />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Move ${name} down`}
            disabled={at === count - 1}
            onClick={() => onMove(1)}
          >
            <IconArrowDown size={16} />
          </ActionIcon>
          <ActionIcon variant="subtle" color="red" aria-label={`Remove ${name}`} onClick={onRemove}>
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      </Group>
      {email && <EmailStepEditor step={step} at={at} error={error} onChange={onChange} />}
    </section>
  );
}
