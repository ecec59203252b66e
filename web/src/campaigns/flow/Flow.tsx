import type { ReactNode } from 'react';
import type { Step } from '../queries.ts';
import classes from './Flow.module.css';
import { isDeadEnd, type Path, partsOf, root } from './tree.ts';

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
  const parts = partsOf(step);
  if (parts.length === 0) return null;
  const open = parts.flatMap((part, index) => (isDeadEnd(part.steps) ? [] : [index]));
  return (
    <>
      <div className={classes.line} />
      <ul
        className={classes.fan}
        aria-label={`Ways of ${step.name ?? step.type}`}
        data-even={open.length < parts.length || undefined}
      >
        {parts.map((part, index) => (
          <li key={part.at.join('.')} className={classes.way} data-join={joinOf(index, open, parts.length)}>
            <div className={classes.line} />
            <div className={classes.wayName}>{drawing.way(step, index, part.label)}</div>
            <Flow steps={part.steps} at={[...path, ...part.at]} label={part.label} {...drawing} />
            {open.includes(index) && <div className={classes.rest} />}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Which halves of the line below a way are drawn: those between the ways that go on and the middle, where all join. */
function joinOf(index: number, open: readonly number[], ways: number) {
  if (open.length === 0) return 'none';
  const middle = (ways - 1) / 2;
  const first = Math.min(middle, ...open);
  const last = Math.max(middle, ...open);
  const left = first < index && last >= index - 0.5;
  const right = last > index && first <= index + 0.5;
  if (left && right) return 'both';
  return left ? 'left' : right ? 'right' : 'none';
}
