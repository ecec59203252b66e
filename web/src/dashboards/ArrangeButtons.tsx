import { ActionIcon, Group, Tooltip } from '@mantine/core';
import {
  IconArrowLeft,
  IconArrowRight,
  IconArrowsDiagonal,
  IconArrowsDiagonalMinimize2,
  IconFoldDown,
  IconFoldUp,
  IconGripVertical,
  IconX,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './Dashboard.module.css';
import type { Placed } from './queries.ts';

export interface Arrange {
  first: boolean;
  last: boolean;
  move: (by: -1 | 1) => void;
  resize: (by: { width?: 1 | -1; height?: 1 | -1 }) => void;
  remove: () => void;
}

interface Props {
  name: string;
  placed: Placed;
  arrange: Arrange;
}

/** Moves, resizes and removes a chart of a dashboard, with the keyboard too. */
export function ArrangeButtons({ name, placed, arrange }: Props) {
  const { first, last, move, resize, remove } = arrange;
  return (
    <Group gap={4} mb="xs" role="group" aria-label={`Arrange ${name}`}>
      <IconGripVertical size={18} className={classes.grip} aria-hidden />
      <Step label="Move earlier" name={name} disabled={first} run={() => move(-1)}>
        <IconArrowLeft size={16} />
      </Step>
      <Step label="Move later" name={name} disabled={last} run={() => move(1)}>
        <IconArrowRight size={16} />
      </Step>
      <Step label="Narrower" name={name} disabled={placed.width === 1} run={() => resize({ width: -1 })}>
        <IconArrowsDiagonalMinimize2 size={16} />
      </Step>
      <Step label="Wider" name={name} disabled={placed.width === 3} run={() => resize({ width: 1 })}>
        <IconArrowsDiagonal size={16} />
      </Step>
      <Step label="Lower" name={name} disabled={placed.height === 1} run={() => resize({ height: -1 })}>
        <IconFoldUp size={16} />
      </Step>
      <Step label="Higher" name={name} disabled={placed.height === 4} run={() => resize({ height: 1 })}>
        <IconFoldDown size={16} />
      </Step>
      <Step label="Take off the dashboard" name={name} disabled={false} run={remove}>
        <IconX size={16} />
      </Step>
    </Group>
  );
}

interface StepProps {
  label: string;
  name: string;
  disabled: boolean;
  run: () => void;
  children: ReactNode;
}

function Step({ label, name, disabled, run, children }: StepProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" aria-label={`${label}: ${name}`} disabled={disabled} onClick={run}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
