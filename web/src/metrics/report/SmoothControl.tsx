import { Group, NumberInput, Switch } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import type { Interval } from '../question.ts';

interface Props {
  value: number | undefined;
  interval: Interval;
  change: (points: number | undefined) => void;
}

/** Over how many points an average tells most: a week of days, a day of hours. */
const usual: Record<Interval, number> = { minute: 15, hour: 24, day: 7, week: 4, month: 3 };

/** Adds the moving average of the last N points to the chart. */
export function SmoothControl({ value, interval, change }: Props) {
  const tell = useDebouncedCallback((points: number) => change(points), 400);
  return (
    <Group gap={8} align="center" wrap="nowrap" mih={30}>
      <Switch
        size="xs"
        label="Moving average"
        checked={value !== undefined}
        onChange={(event) => change(event.currentTarget.checked ? usual[interval] : undefined)}
      />
      {value !== undefined && (
        <NumberInput
          size="xs"
          w={64}
          min={2}
          max={90}
          clampBehavior="strict"
          aria-label={`Points of the moving average, each a ${interval}`}
          defaultValue={value}
          onChange={(points) => typeof points === 'number' && points >= 2 && tell(points)}
        />
      )}
    </Group>
  );
}
