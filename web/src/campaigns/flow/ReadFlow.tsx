import type { Definition, Step } from '../queries.ts';
import { Ends } from './Ends.tsx';
import { Flow } from './Flow.tsx';
import classes from './StepCard.module.css';
import { StepSign } from './StepSign.tsx';
import { stepName, stepText } from './stepText.ts';
import { WayName } from './WayName.tsx';

/** A flow to be looked at only. */
export function ReadFlow({ definition }: { definition: Definition }) {
  return (
    <Ends definition={definition}>
      <Flow
        steps={definition.steps}
        card={(step) => <ReadCard step={step} />}
        way={(step, index, label) => <WayName step={step} index={index} label={label} />}
      />
    </Ends>
  );
}

function ReadCard({ step }: { step: Step }) {
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
