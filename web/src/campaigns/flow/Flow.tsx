import type { ReactNode } from 'react';
import type { Step } from '../queries.ts';
import classes from './Flow.module.css';
import { isDeadEnd, type Path, partsOf, root } from './tree.ts';
import { useJoin } from './useJoin.ts';

/** How a flow is drawn: to be edited, or to be read. */
export interface Drawing {
  card: (step: Step, path: Path) => ReactNode;
  /** What stands on the line before the step at this place, and after the last. */
  between?: (list: Path, index: number, steps: Step[], label: string | undefined) => ReactNode;
  /** What a way is called, above its steps. */
  way: (step: Step, index: number, label: string) => ReactNode;
}

interface Props extends Drawing {
  steps: Step[];
  at?: Path;
  /** The way these steps are of. */
  label?: string;
}

/** Steps from top to bottom; where ways part they stand side by side, and join again. */
export function Flow({ steps, at = root, label, ...drawing }: Props) {
  const { card, between } = drawing;
  return (
    <>
      <ol className={classes.list}>
        {steps.map((step, index) => (
          <li key={step.id} className={classes.step}>
            <div className={classes.line}>{between?.(at, index, steps, label)}</div>
            {card(step, [...at, index])}
            <Fan step={step} path={[...at, index]} {...drawing} />
          </li>
        ))}
      </ol>
      {!isDeadEnd(steps) && <div className={classes.line}>{between?.(at, steps.length, steps, label)}</div>}
    </>
  );
}

/** The ways a step opens, side by side. */
function Fan({ step, path, ...drawing }: Drawing & { step: Step; path: Path }) {
  const fan = useJoin();
  const parts = partsOf(step);
  if (parts.length === 0) return null;
  return (
    <>
      <div className={classes.line} />
      <ul className={classes.fan} ref={fan} aria-label={`Ways of ${step.name ?? step.type}`}>
        {parts.map((part, index) => {
          const open = !isDeadEnd(part.steps);
          return (
            <li key={part.at.join('.')} className={classes.way} data-open={open || undefined}>
              <div className={classes.line} />
              <div className={classes.wayName}>{drawing.way(step, index, part.label)}</div>
              <Flow steps={part.steps} at={[...path, ...part.at]} label={part.label} {...drawing} />
              {open && <div className={classes.rest} />}
            </li>
          );
        })}
      </ul>
    </>
  );
}
