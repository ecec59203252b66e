import { Card, Skeleton, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './Tile.module.css';

interface Props {
  label: string;
  /** Undefined while it is being asked for. */
  value: ReactNode | undefined;
  /** What the number is made of, or how it moves. */
  note?: ReactNode;
  testId?: string;
  tone?: 'red' | undefined;
}

/** One number with its name. */
export function Tile({ label, value, note, testId, tone }: Props) {
  return (
    <Card className={classes.tile} padding="md">
      <Text size="sm" c="dimmed" fw={500}>
        {label}
      </Text>
      {value === undefined ? (
        <Skeleton h={30} w={90} my={4} />
      ) : (
        <Text className={classes.value} data-testid={testId} data-tone={tone}>
          {value}
        </Text>
      )}
      {note && (
        <Text size="xs" c="dimmed" component="div">
          {note}
        </Text>
      )}
    </Card>
  );
}
