import { Button, Group, SegmentedControl, Select } from '@mantine/core';
import { IconListDetails } from '@tabler/icons-react';
import { Panel } from '../../shared/Panel.tsx';
import type { Dimension } from '../question.ts';
import type { Analytics } from '../useAnalytics.ts';
import { dimensionLabel } from '../words/dimensions.ts';
import { TopList } from './TopList.tsx';

export type PanelName = 'pages' | 'sources' | 'locations' | 'devices';
/** A tab is one dimension, or several of a family to choose from. */
type Tab = { label: string; dimensions: [Dimension, ...Dimension[]] };

export const panels: { name: PanelName; title: string; tabs: [Tab, ...Tab[]] }[] = [
  {
    name: 'pages',
    title: 'Pages',
    tabs: [
      { label: 'Top', dimensions: ['path'] },
      { label: 'Entry', dimensions: ['entry_page'] },
      { label: 'Exit', dimensions: ['exit_page'] },
      { label: 'Titles', dimensions: ['title'] },
    ],
  },
  {
    name: 'sources',
    title: 'Sources',
    tabs: [
      { label: 'Channel', dimensions: ['channel'] },
      { label: 'Source', dimensions: ['traffic_source', 'traffic_medium'] },
      { label: 'Referrer', dimensions: ['referrer_domain'] },
      { label: 'UTM', dimensions: ['utm_campaign', 'utm_source', 'utm_medium', 'utm_term', 'utm_content'] },
    ],
  },
  {
    name: 'locations',
    title: 'Locations',
    tabs: [
      { label: 'Countries', dimensions: ['country'] },
      { label: 'Languages', dimensions: ['locale'] },
    ],
  },
  {
    name: 'devices',
    title: 'Devices',
    tabs: [
      { label: 'Device', dimensions: ['device'] },
      { label: 'Browser', dimensions: ['browser'] },
      { label: 'System', dimensions: ['system'] },
    ],
  },
];

interface Props {
  analytics: Analytics;
  panel: (typeof panels)[number];
  visitors: number | null | undefined;
}

/** Who came, by a family of dimensions. */
export function TopPanel({ analytics, panel, visitors }: Props) {
  const { asked, change } = analytics;
  const all = panel.tabs.flatMap((tab) => tab.dimensions);
  const dimension = all.find((one) => one === asked[panel.name]) ?? all[0]!;
  const tab = panel.tabs.find((one) => one.dimensions.includes(dimension)) ?? panel.tabs[0];
  const show = (next: Dimension | undefined) => change({ [panel.name]: next === all[0] ? undefined : next });
  return (
    <Panel
      title={panel.title}
      aside={
        <Group gap="xs" wrap="nowrap">
          <SegmentedControl
            size="xs"
            aria-label={`${panel.title} by`}
            value={tab.label}
            onChange={(label) => show(panel.tabs.find((one) => one.label === label)?.dimensions[0])}
            data={panel.tabs.map(({ label }) => label)}
          />
          <DetailsButton title={panel.title} open={() => change({ details: dimension })} />
        </Group>
      }
    >
      <TopList
        key={dimension}
        analytics={analytics}
        dimension={dimension}
        metrics={['visitors']}
        total={visitors}
        head={
          tab.dimensions.length > 1 && (
            <Select
              size="xs"
              variant="unstyled"
              w={130}
              aria-label={`${panel.title}: which`}
              allowDeselect={false}
              value={dimension}
              onChange={(value) => show((value as Dimension) ?? undefined)}
              data={tab.dimensions.map((value) => ({ value, label: dimensionLabel(value) }))}
            />
          )
        }
      />
    </Panel>
  );
}

/** Opens the whole list. */
export function DetailsButton({ title, open }: { title: string; open: () => void }) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconListDetails size={14} />}
      aria-label={`All ${title.toLowerCase()}, with more columns`}
      onClick={open}
    >
      All
    </Button>
  );
}
