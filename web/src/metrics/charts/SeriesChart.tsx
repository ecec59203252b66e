import '@mantine/charts/styles.css';
import { CompositeChart, type CompositeChartSeries } from '@mantine/charts';
import { ChartTooltip } from './ChartTooltip.tsx';
import { lineStyles } from './lineStyles.ts';
import { type ChartData, pointLabel } from './lines.ts';

interface Props {
  chart: ChartData;
  kind?: 'line' | 'area' | 'bar';
}

const DAY = 86_400_000;
const soFar = 'so-far';

/** Metrics over time, as high as there is room, at once, without animation. Lines differ by their dashes too, not by colour alone. */
export default function SeriesChart({ chart, kind = 'area' }: Props) {
  const { times, lines } = chart;
  const days = (Date.parse(times.at(-1) ?? '') - Date.parse(times[0] ?? '')) / DAY;
  const label = pointLabel(chart, days);
  const bars = kind === 'bar' || times.length < 2;
  // The end of a line that is not over yet would look like a fall: it is drawn apart, dashed.
  const split = chart.unfinished && !bars && lines[0]?.role === 'main';
  const last = times.length - 1;
  const data = times.map((time, at) => ({
    at,
    time: label(time),
    ...Object.fromEntries(
      lines.map((line, n) => [
        `line${n}`,
        split && n === 0 && at === last ? null : (line.values[at] ?? null),
      ]),
    ),
    ...(split && at >= last - 1 ? { [soFar]: lines[0]?.values[at] ?? null } : {}),
  }));
  const styles = lineStyles(lines);
  const series: CompositeChartSeries[] = lines.map((line, n) => ({
    name: `line${n}`,
    label: line.name,
    color: styles[n]!.colour,
    type: line.role === 'average' || line.role === 'before' || !bars ? 'line' : 'bar',
    strokeDasharray: styles[n]!.dash,
  }));
  if (!bars && kind === 'area' && lines[0]?.role === 'main') series[0]!.type = 'area';
  if (split) {
    series.push({
      name: soFar,
      label: 'So far',
      color: styles[0]!.colour,
      type: 'line',
      strokeDasharray: '3 4',
    });
  }
  return (
    <CompositeChart
      h="100%"
      data={data}
      dataKey="time"
      series={series}
      curveType="linear"
      withDots={false}
      connectNulls={false}
      strokeWidth={2}
      tickLine="none"
      composedChartProps={{ margin: { top: 10, right: 24, bottom: 8 } }}
      gridProps={{ stroke: 'var(--line)' }}
      xAxisProps={{ minTickGap: 32, tickMargin: 8, interval: 'equidistantPreserveStart' }}
      yAxisProps={{ width: 52, tickFormatter: chart.tick }}
      areaProps={{ isAnimationActive: false, fillOpacity: 0.14 }}
      lineProps={{ isAnimationActive: false }}
      barProps={{ isAnimationActive: false, radius: [3, 3, 0, 0] }}
      maxBarWidth={28}
      tooltipAnimationDuration={0}
      tooltipProps={{
        content: ({ payload }) => (
          <ChartTooltip chart={chart} at={(payload?.[0]?.payload as { at?: number } | undefined)?.at} />
        ),
      }}
      role="img"
      aria-label={`${chart.label} by ${chart.each ?? chart.interval}, ${times.length} points. The same numbers are in the table.`}
    />
  );
}
