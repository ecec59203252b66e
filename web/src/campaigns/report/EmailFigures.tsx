import { number, percent, short } from '../../shared/format.ts';
import { TextLink } from '../../shared/links.tsx';
import type { EmailCounts } from '../queries.ts';
import classes from './Funnel.module.css';

type Name = keyof EmailCounts;

interface Props {
  emails: EmailCounts;
  campaign: string;
  step: string;
}

/** A number where there is little room. */
const figure = (value: number) => (value < 100_000 ? number(value) : short(value));

/** What most emails go through, each as a part of those sent. */
const main = [
  ['sent', 'Sent'],
  ['delivered', 'Delivered'],
  ['opened', 'Opened'],
  ['clicked', 'Clicked'],
] as const satisfies [Name, string][];

/** What is told only where there is any. */
const others: [Name, label: string][] = [
  ['queued', 'queued'],
  ['sending', 'under way'],
  ['held', 'held'],
  ['failed', 'failed'],
  ['bounced', 'bounced'],
  ['complained', 'complained'],
  ['unsubscribed', 'unsubscribed'],
  ['suppressed', 'suppressed'],
  ['cancelled', 'cancelled'],
  ['merged', 'merged into another'],
];

/** What became of a step's emails; a number leads to them, where the list of emails can tell them apart. */
export function EmailFigures({ emails, campaign, step }: Props) {
  const listed = (status: Name) => ({ campaign, step, status });
  return (
    <>
      <dl className={classes.figures}>
        {main.map(([name, label]) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd>
              <TextLink to="/emails" search={listed(name)} fw={600}>
                {figure(emails[name])}
              </TextLink>
              {name !== 'sent' && <span className={classes.part}>{percent(emails[name], emails.sent)}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <div className={classes.others}>
        {others
          .filter(([name]) => emails[name] > 0)
          .map(([name, label]) => (
            <span key={name}>
              {name === 'unsubscribed' ? (
                `${number(emails[name])} ${label}`
              ) : (
                <TextLink to="/emails" search={listed(name)}>
                  {number(emails[name])} {label}
                </TextLink>
              )}
            </span>
          ))}
      </div>
    </>
  );
}
