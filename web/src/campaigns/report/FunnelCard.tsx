import { number, percent } from '../../shared/format.ts';
import cardClasses from '../flow/StepCard.module.css';
import { StepSign } from '../flow/StepSign.tsx';
import { stepName, stepText } from '../flow/stepText.ts';
import type { Step, StepReport } from '../queries.ts';
import { EmailFigures } from './EmailFigures.tsx';
import classes from './Funnel.module.css';

interface Props {
  step: Step;
  figures: StepReport;
  /** The step right above. */
  before: StepReport | undefined;
  entered: number;
  campaign: string;
}

/** How many got to a step, how many were lost on the way to it, and what came of it. */
export function FunnelCard({ step, figures, before, entered, campaign }: Props) {
  const { title, more } = stepText(step);
  const { reached, waiting, emails, webhooks } = figures;
  // Who is still at the step above is not lost.
  const lost = before ? Math.max(0, before.reached - before.waiting - reached) : 0;
  const part = (people: number) => `${entered === 0 ? 0 : Math.min(100, (people / entered) * 100)}%`;
  return (
    <article
      className={classes.card}
      aria-label={stepName(step)}
      data-testid="report-step"
      data-step={step.id}
    >
      <div className={classes.head}>
        <StepSign type={step.type} />
        <div className={cardClasses.words}>
          <div className={cardClasses.title}>{title}</div>
          {more && <div className={cardClasses.more}>{more}</div>}
        </div>
      </div>
      <div
        className={classes.track}
        role="img"
        aria-label={`${percent(reached, entered)} of those who entered got here`}
      >
        <div className={classes.bar} style={{ width: part(reached) }} />
        <div className={classes.lost} style={{ width: part(lost) }} />
      </div>
      <div className={classes.note}>
        <span>
          <b>{number(reached)}</b> got here ({percent(reached, entered)})
        </span>
        {waiting > 0 && <span>{number(waiting)} here now</span>}
        {lost > 0 && (
          <span>
            {number(lost)} left before ({percent(lost, before?.reached ?? 0)})
          </span>
        )}
      </div>
      {emails && <EmailFigures emails={emails} campaign={campaign} step={step.id} />}
      {webhooks && (
        <div className={classes.others}>
          <span>{number(webhooks.delivered)} told</span>
          {webhooks.waiting > 0 && <span>{number(webhooks.waiting)} to be told</span>}
          {webhooks.failed > 0 && <span>{number(webhooks.failed)} given up after a day</span>}
        </div>
      )}
    </article>
  );
}
