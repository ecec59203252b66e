import { number, percent, short } from '../../shared/format.ts';
import { TextLink } from '../../shared/links.tsx';
import type { EmailCounts } from '../queries.ts';
import classes from './Funnel.module.css';

type Name = keyof EmailCounts;

/** A number where there is little room. */
const figure = (value: number) => (value < 100_000 ? number(value) : short(value));

/** What most emails go through, each as a part of those sent. */
const main = [
  ['sent', 'Sent'],
  ['delivered', 'Delivered'],
  ['opened', 'Opened'],
  ['clicked', 'Clicked'],
] as const satisfies [Name, string][];

/** What is told only where there is any; with the status by which the list of emails finds them. */
const others: [Name, label: string, status?: string][] = [
  ['queued', 'queued', 'queued'],
  ['sending', 'under way', 'sending'],
  ['held', 'held', 'held'],
  ['failed', 'failed', 'failed'],
  ['bounced', 'bounced'],
  ['complained', 'complained'],
  ['unsubscribed', 'unsubscribed'],
  ['suppressed', 'suppressed', 'suppressed'],
  ['cancelled', 'cancelled', 'cancelled'],
];

/** What became of a step's emails. */
export function EmailFigures({ emails, campaign }: { emails: EmailCounts; campaign: string }) {
  return (
    <>
      <dl className={classes.figures}>
        {main.map(([name, label]) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd>
              {name === 'sent' ? (
                <TextLink to="/emails" search={{ campaign, status: 'sent' }} fw={600}>
                  {figure(emails.sent)}
                </TextLink>
              ) : (
                <>
                  {figure(emails[name])}
                  <span className={classes.part}>{percent(emails[name], emails.sent)}</span>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <div className={classes.others}>
        {others.map(([name, label, status]) => {
          if (emails[name] === 0) return null;
          const text = `${number(emails[name])} ${label}`;
          return status ? (
            <TextLink key={name} to="/emails" search={{ campaign, status }}>
              {text}
            </TextLink>
          ) : (
            <span key={name}>{text}</span>
          );
        })}
      </div>
    </>
  );
}
