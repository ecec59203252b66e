import { IconFlag, IconLogin2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useSegments } from '../../segments/queries.ts';
import { entryText } from '../entry/triggerWords.ts';
import type { Definition } from '../queries.ts';
import classes from './Flow.module.css';
import { isDeadEnd } from './tree.ts';

/** A flow between its two ends: who enters above, the end below. */
export function Ends({ definition, children }: { definition: Definition; children: ReactNode }) {
  const segments = useSegments().data?.items ?? [];
  const nameOf = (id: string) => `“${segments.find((one) => one.id === id)?.name ?? '…'}”`;
  return (
    <div className={classes.flow} ref={toTheMiddle}>
      <div className={classes.canvas}>
        <div className={classes.end}>
          <IconLogin2 size={16} style={{ flex: 'none' }} aria-hidden />
          {entryText(definition, nameOf)}
        </div>
        {children}
        {!isDeadEnd(definition.steps) && (
          <div className={classes.end}>
            <IconFlag size={16} style={{ flex: 'none' }} aria-hidden />
            The end
          </div>
        )}
      </div>
    </div>
  );
}

/** A flow wider than its place shows its trunk first. */
const toTheMiddle = (flow: HTMLDivElement | null) => {
  if (flow) flow.scrollLeft = (flow.scrollWidth - flow.clientWidth) / 2;
};
