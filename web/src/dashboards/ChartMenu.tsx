import { ActionIcon, Menu } from '@mantine/core';
import { IconChartHistogram, IconDots, IconDownload } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useDownload } from '../metrics/DownloadCsv.tsx';
import type { Question } from '../metrics/queries.ts';
import { inAnalytics } from './inAnalytics.ts';
import type { Chart } from './queries.ts';

/** What can be done with a chart on a dashboard while it is looked at. */
export function ChartMenu({ chart, question }: { chart: Chart; question: Question }) {
  const download = useDownload(question, chart.name);
  const navigate = useNavigate();
  const search = inAnalytics(question);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More of ${chart.name}`}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {search && (
          <Menu.Item
            leftSection={<IconChartHistogram size={16} />}
            onClick={() => navigate({ to: '/analytics', search })}
          >
            Open in Analytics
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => download.mutate()}>
          Download as CSV
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
