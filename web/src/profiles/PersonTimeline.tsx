import { Text, Timeline } from '@mantine/core';
import { useTimes } from '../shared/format.ts';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { Panel } from '../shared/Panel.tsx';
import { attributeText } from './attributeText.ts';
import { useTimeline } from './queries.ts';

/** A few of a message's properties, on one line. */
function summary(properties: Record<string, unknown>, write: (value: unknown) => string): string {
  return Object.entries(properties)
    .filter(([, value]) => typeof value !== 'object' || value === null)
    .slice(0, 4)
    .map(([name, value]) => `${name}: ${write(value)}`)
    .join(', ');
}

/** What happened with the person, newest first. */
export function PersonTimeline({ id }: { id: string }) {
  const timeline = useTimeline(id);
  const times = useTimes();
  return (
    <Panel title="Timeline">
      <LoadedPages
        query={timeline}
        empty={
          <Text size="sm" c="dimmed">
            Nothing has happened yet.
          </Text>
        }
      >
        {(items) => (
          <Timeline bulletSize={12} lineWidth={2} active={-1}>
            {items.map((item, at) => (
              <Timeline.Item
                // biome-ignore lint/suspicious/noArrayIndexKey: two messages may agree in all they show
                key={`${item.time} ${item.name} ${at}`}
                title={
                  <Text size="sm" fw={550} component="span">
                    {item.name || item.type}
                  </Text>
                }
              >
                <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  {summary(item.properties, (value) => attributeText(value, times))}
                </Text>
                <Text size="xs" c="dimmed" component="time" dateTime={item.time}>
                  {times.time(item.time)}, {item.source}
                </Text>
              </Timeline.Item>
            ))}
          </Timeline>
        )}
      </LoadedPages>
    </Panel>
  );
}
