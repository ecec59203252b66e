import { Paper, Text } from '@mantine/core';
import classes from './Chart.module.css';
import { LineSample } from './ChartLegend.tsx';
import { lineStyles } from './lineStyles.ts';
import { type ChartData, fullLabel } from './lines.ts';

/** The numbers at one point of a chart, those of other times with their own time. */
export function ChartTooltip({ chart, at }: { chart: ChartData; at: number | undefined }) {
  const time = at === undefined ? undefined : chart.times[at];
  if (at === undefined || time === undefined) return null;
  const write = fullLabel(chart);
  const styles = lineStyles(chart.lines);
  const unfinished = chart.unfinished && at === chart.times.length - 1;
  return (
    <Paper className={classes.tooltip} shadow="sm" p="xs" radius="md">
      <Text size="xs" fw={600} mb={4}>
        {write(time)}
        {unfinished && ', so far'}
      </Text>
      {chart.lines.map((line, n) => {
        const value = line.values[at];
        return (
          <div key={line.name} className={classes.reading}>
            <LineSample {...styles[n]!} />
            <span className={classes.readingName}>
              {line.times?.[at] ? write(line.times[at]) : line.name}
            </span>
            <b>{value === null || value === undefined ? '–' : chart.write(value)}</b>
          </div>
        );
      })}
    </Paper>
  );
}
