import '@mantine/charts/styles.css';
import { AreaChart, BarChart } from '@mantine/charts';
import { amount, number, short } from '../shared/format.ts';
import type { Series } from './queries.ts';
import { pointLabel, seriesName } from './seriesName.ts';

interface Props {
  series: Series;
  height?: number;
}

/** A metric over time: bars while there are few points, an area when there are many. At once, without animation. */
export default function SeriesChart({ series, height = 280 }: Props) {
  const label = pointLabel(series);
  const name = seriesName(series);
  const write = series.metric === 'revenue' ? amount : number;
  const data = series.points.map((point) => ({ time: label(point.time), [name]: point.value }));
  const shared = {
    h: height,
    data,
    dataKey: 'time',
    series: [{ name, color: 'var(--chart-main)' }],
    valueFormatter: write,
    tickLine: 'none' as const,
    gridProps: { stroke: 'var(--line)' },
    xAxisProps: { minTickGap: 28, tickMargin: 8, interval: 'equidistantPreserveStart' as const },
    yAxisProps: { width: 44, tickFormatter: short, allowDecimals: false },
    role: 'img',
    'aria-label': `${name} by ${series.interval}, ${data.length} points`,
  };
  if (data.length <= 62)
    return (
      <BarChart {...shared} maxBarWidth={28} barProps={{ radius: [3, 3, 0, 0], isAnimationActive: false }} />
    );
  return (
    <AreaChart
      {...shared}
      withDots={false}
      curveType="linear"
      strokeWidth={1.6}
      fillOpacity={0.18}
      areaProps={{ isAnimationActive: false }}
    />
  );
}
