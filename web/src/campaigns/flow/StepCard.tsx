import { Text, UnstyledButton } from '@mantine/core';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { Step } from '../queries.ts';
import classes from './StepCard.module.css';
import { type StepEdits, StepMenu } from './StepMenu.tsx';
import { StepSign } from './StepSign.tsx';
import { stepName, stepText } from './stepText.ts';

interface Props {
  step: Step;
  /** What the server said of it. */
  wrong: string | undefined;
  opened: boolean;
  onOpen: () => void;
  edits: StepEdits;
}

/** One step in the flow: opened by a click, moved and removed by its menu or the keys. */
export function StepCard({ step, wrong, opened, onOpen, edits }: Props) {
  const { title, more } = stepText(step);
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (wrong) card.current?.scrollIntoView({ block: 'center', behavior: 'smooth' });
  }, [wrong]);
  const byKey = (event: KeyboardEvent) => {
    const run =
      event.key === 'Delete'
        ? edits.remove
        : event.altKey && event.key === 'ArrowUp'
          ? edits.up
          : event.altKey && event.key === 'ArrowDown'
            ? edits.down
            : undefined;
    if (!run) return;
    event.preventDefault();
    run();
  };
  return (
    <article
      ref={card}
      className={classes.card}
      aria-label={stepName(step)}
      data-step={step.id}
      data-testid="step-card"
      data-wrong={wrong !== undefined || undefined}
      data-open={opened || undefined}
    >
      <UnstyledButton
        className={classes.open}
        aria-label={`Edit ${stepName(step)}`}
        aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Delete"
        onClick={onOpen}
        onKeyDown={byKey}
      >
        <StepSign type={step.type} />
        <span className={classes.words}>
          <span className={classes.title}>{title}</span>
          {more && (
            <span className={classes.more} style={{ display: 'block' }}>
              {more}
            </span>
          )}
        </span>
      </UnstyledButton>
      <div className={classes.tools}>
        <StepMenu name={stepName(step)} edits={edits} />
      </div>
      {wrong && (
        <Text className={classes.wrong} role="alert">
          {wrong}
        </Text>
      )}
    </article>
  );
}
