import { useEffect, useState } from 'react';
import type { Report } from '../queries.ts';

interface Mark {
  at: number;
  sent: number;
}

/** Marks kept, so that the speed is that of the last while and does not jump. */
const kept = 8;

/** Emails a second of a campaign, by the reports seen last; undefined before there are two. */
export function useSpeed({ as_of, emails: { sent } }: Report): number | undefined {
  const [marks, setMarks] = useState<Mark[]>([]);
  useEffect(() => {
    const at = Date.parse(as_of);
    setMarks((old) => (old.at(-1)?.at === at ? old : [...old.slice(1 - kept), { at, sent }]));
  }, [as_of, sent]);
  const [first, last] = [marks[0], marks.at(-1)];
  if (!first || !last || last.at <= first.at) return undefined;
  return Math.max(0, ((last.sent - first.sent) / (last.at - first.at)) * 1_000);
}
