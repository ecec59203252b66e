import type { StepType } from '../queries.ts';
import { kinds } from './kinds.ts';
import classes from './StepCard.module.css';

/** The picture of a kind of step. */
export function StepSign({ type }: { type: StepType }) {
  const { Icon, tone } = kinds[type];
  return (
    <span className={classes.sign} data-tone={tone} aria-hidden>
      <Icon size={18} stroke={1.7} />
    </span>
  );
}
