import { IconCheck } from '@tabler/icons-react';
import classes from './FlowSteps.module.css';

/** How far somebody is in a flow of steps; on a phone only the present one has its name. */
export function FlowSteps({ steps, at }: { steps: readonly string[]; at: number }) {
  return (
    <ol className={classes.steps} aria-label="Steps">
      {steps.map((step, n) => (
        <li key={step} aria-current={n === at ? 'step' : undefined} data-done={n < at || undefined}>
          <span className={classes.number} aria-hidden>
            {n < at ? <IconCheck size={14} stroke={3} /> : n + 1}
          </span>
          <span className={classes.label}>{step}</span>
        </li>
      ))}
    </ol>
  );
}
