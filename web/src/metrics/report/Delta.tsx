import { VisuallyHidden } from '@mantine/core';
import { IconArrowDownRight, IconArrowUpRight } from '@tabler/icons-react';
import { change } from '../../shared/format.ts';
import { wordsOf } from '../words/metrics.ts';
import classes from './Delta.module.css';

interface Props {
  metric: string;
  now: number | null;
  before: number | null | undefined;
}

/** How much more or less than before: by sign, arrow and colour, the colour for good news and bad. */
export function Delta({ metric, now, before }: Props) {
  if (now === null || before === null || before === undefined) return null;
  if (before === 0)
    return now === 0 ? (
      <span className={classes.delta}>none before</span>
    ) : (
      <span className={classes.delta}>new</span>
    );
  const { better } = wordsOf(metric);
  const more = now > before;
  const same = change(now, before).replace(/[^0-9]/g, '') === '0';
  const tone = same || better === 'neither' ? undefined : more === (better === 'more') ? 'good' : 'bad';
  const Arrow = more ? IconArrowUpRight : IconArrowDownRight;
  return (
    <span className={classes.delta} data-tone={tone}>
      {!same && <Arrow size={14} stroke={2.2} aria-hidden />}
      {change(now, before)}
      {tone && <VisuallyHidden>{tone === 'good' ? ', better' : ', worse'}</VisuallyHidden>}
    </span>
  );
}
