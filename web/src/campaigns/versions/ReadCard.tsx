import classes from '../flow/StepCard.module.css';
import { StepSign } from '../flow/StepSign.tsx';
import { stepName, stepText } from '../flow/stepText.ts';
import type { Step } from '../queries.ts';

/** A step to be looked at only. */
export function ReadCard({ step }: { step: Step }) {
  const { title, more } = stepText(step);
  return (
    <article className={classes.card} aria-label={stepName(step)}>
      <div className={`${classes.open} ${classes.read}`}>
        <StepSign type={step.type} />
        <div className={classes.words}>
          <div className={classes.title}>{title}</div>
          {more && <div className={classes.more}>{more}</div>}
        </div>
      </div>
    </article>
  );
}
