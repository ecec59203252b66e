import type { Answer } from '../api/client.ts';
import { useWords } from '../metrics/words/currency.ts';
import { count, number } from '../shared/format.ts';
import { TextLink } from '../shared/links.tsx';
import { Tile } from '../shared/Tile.tsx';

/** The numbers a day starts with, each with the way to what it is made of. */
export function OverviewTiles({ overview }: { overview: Answer<'/api/overview', 'get'> | undefined }) {
  const wordsOf = useWords();
  return (
    <>
      <Tile
        label="People"
        testId="overview-people"
        value={overview && number(overview.people.total)}
        note={
          <TextLink to="/people">
            {overview ? `${number(overview.people.new_30_days)} new in 30 days` : 'All people'}
          </TextLink>
        }
      />
      <Tile
        label="Active segments"
        testId="overview-segments"
        value={overview && number(overview.segments.active)}
        note={<TextLink to="/segments">All segments</TextLink>}
      />
      <Tile
        label="Emails sent"
        testId="overview-emails"
        value={overview && number(overview.emails.sent)}
        note={
          <TextLink to="/emails">
            {overview
              ? `${number(overview.emails.failed)} failed, ${number(overview.emails.unsubscribed)} unsubscribed`
              : 'All emails'}
          </TextLink>
        }
      />
      <Tile
        label="Revenue, 30 days"
        testId="overview-revenue"
        value={overview && wordsOf('revenue').write(overview.revenue.last_30_days)}
        note={
          <TextLink to="/analytics">
            {overview
              ? `${count(overview.events.last_30_days, 'event', 'events')}, ${number(overview.events.today)} today`
              : 'Analytics'}
          </TextLink>
        }
      />
    </>
  );
}
