import { number, percent } from '../shared/format.ts';
import { TextLink } from '../shared/links.tsx';
import { Tile } from '../shared/Tile.tsx';

interface Props {
  campaign: string;
  emails: Record<'sent' | 'delivered' | 'opened' | 'clicked' | 'bounced' | 'complained', number>;
}

/** What became of a campaign's emails after they were sent, as far as it was told; nothing where nothing was. */
export function ResultTiles({ campaign, emails }: Props) {
  const tiles = [
    ['delivered', 'Delivered', undefined],
    ['opened', 'Opened', undefined],
    ['clicked', 'Clicked', undefined],
    ['bounced', 'Bounced', 'red'],
    ['complained', 'Marked as spam', 'red'],
  ] as const;
  return tiles.map(([name, label, tone]) =>
    emails[name] === 0 ? null : (
      <Tile
        key={name}
        label={label}
        value={number(emails[name])}
        testId={`report-${name}`}
        tone={tone}
        note={
          <TextLink to="/emails" search={{ campaign, status: name }}>
            {percent(emails[name], emails.sent)} of those sent
          </TextLink>
        }
      />
    ),
  );
}
