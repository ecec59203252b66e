import { type Dimension, dimensionLabel } from './dimensions.ts';

const groups: [string, Dimension[]][] = [
  ['Content', ['path', 'entry_page', 'exit_page', 'title', 'hostname']],
  ['Origin', ['channel', 'traffic_source', 'traffic_medium', 'referrer_domain']],
  ['UTM', ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content']],
  ['Place and device', ['country', 'locale', 'device', 'browser', 'system']],
  ['Events', ['event', 'type', 'currency']],
];

/** The dimensions to choose from, by what they are about. */
export const dimensionGroups = groups.map(([group, items]) => ({
  group,
  items: items.map((value) => ({ value: value as string, label: dimensionLabel(value) })),
}));
