import { ActionIcon, Group, Select } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react';
import type { Step } from '../address.ts';
import { FilterBar } from '../filters/FilterBar.tsx';
import classes from './Funnel.module.css';

interface Props {
  at: number;
  step: Step;
  events: string[];
  last: boolean;
  change: (step: Step) => void;
  move: (by: -1 | 1) => void;
  /** Absent where the funnel would be too short without it. */
  remove: (() => void) | undefined;
}

/** One step: an event, and what must hold of it. */
export function FunnelStepEditor({ at, step, events, last, change, move, remove }: Props) {
  const [event, ...filters] = step;
  const number = at + 1;
  return (
    <li className={classes.editor}>
      <span className={classes.badge} aria-hidden>
        {number}
      </span>
      <Select
        size="sm"
        className={classes.choice}
        aria-label={`Event of step ${number}`}
        placeholder="Choose an event"
        nothingFoundMessage="No event of that name"
        searchable
        value={event || null}
        onChange={(name) => change([name ?? '', ...filters])}
        data={[...new Set([...events, ...(event ? [event] : [])])]}
      />
      <div style={{ flex: 1, minWidth: 120 }}>
        <FilterBar
          label={`What must hold of step ${number}`}
          verb="Where"
          filters={filters}
          change={(next) => change([event, ...next])}
        />
      </div>
      <Group gap={2} wrap="nowrap">
        <Move label={`Move step ${number} up`} disabled={at === 0} onClick={() => move(-1)}>
          <IconArrowUp size={16} />
        </Move>
        <Move label={`Move step ${number} down`} disabled={last} onClick={() => move(1)}>
          <IconArrowDown size={16} />
        </Move>
        <Move label={`Remove step ${number}`} disabled={!remove} onClick={() => remove?.()}>
          <IconX size={16} />
        </Move>
      </Group>
    </li>
  );
}

interface MoveProps {
  label: string;
  disabled: boolean;
  onClick: () => void;
  children: React.ReactNode;
}

function Move({ label, ...rest }: MoveProps) {
  return <ActionIcon className={classes.move} variant="subtle" color="gray" aria-label={label} {...rest} />;
}
