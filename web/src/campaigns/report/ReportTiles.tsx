import { SimpleGrid } from '@mantine/core';
import { number, percent } from '../../shared/format.ts';
import { TextLink } from '../../shared/links.tsx';
import { Tile } from '../../shared/Tile.tsx';
import type { Campaign, Report } from '../queries.ts';

/** The figures one looks for first. What there is none of, and would alarm, is left out. */
export function ReportTiles({ campaign, report }: { campaign: Campaign; report: Report }) {
  const { emails, entered, goal } = report;
  const listed = (status: string) => ({ campaign: campaign.id, status });
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing={{ base: 'xs', sm: 'md' }}>
      <Tile
        label="Entered"
        value={number(entered)}
        testId="report-entered"
        note={`${number(report.active)} under way, ${number(report.waiting)} waiting`}
      />
      {goal ? (
        <Tile
          label="Reached the goal"
          value={number(goal.reached)}
          testId="report-goal"
          note={`${percent(goal.reached, entered)} of those who entered`}
        />
      ) : null}
      <Tile
        label="Completed"
        value={number(report.completed)}
        testId="report-completed"
        note={`${percent(report.completed, entered)} of those who entered`}
      />
      <Tile
        label="Left early"
        value={number(report.exited)}
        testId="report-exited"
        note={`${percent(report.exited, entered)} of those who entered`}
      />
      <Tile
        label="Emails sent"
        value={number(emails.sent)}
        testId="report-sent"
        note={
          <TextLink to="/emails" search={listed(emails.queued > 0 ? 'queued' : 'sent')}>
            {number(emails.queued + emails.sending)} on their way
          </TextLink>
        }
      />
      <Tile
        label="Opened"
        value={percent(emails.opened, emails.sent)}
        testId="report-opened"
        note={`${number(emails.opened)} opened, ${number(emails.clicked)} clicked`}
      />
      <Tile
        label="Unsubscribed"
        value={number(emails.unsubscribed)}
        testId="report-unsubscribed"
        note={`${percent(emails.unsubscribed, emails.sent)} of those sent`}
      />
      {emails.suppressed > 0 && (
        <Tile
          label="Suppressed"
          value={number(emails.suppressed)}
          testId="report-suppressed"
          note={
            <TextLink to="/emails" search={listed('suppressed')}>
              asked not to be written to
            </TextLink>
          }
        />
      )}
      {emails.cancelled > 0 && (
        <Tile
          label="Cancelled"
          value={number(emails.cancelled)}
          testId="report-cancelled"
          note={
            <TextLink to="/emails" search={listed('cancelled')}>
              queued, then not sent
            </TextLink>
          }
        />
      )}
    </SimpleGrid>
  );
}
