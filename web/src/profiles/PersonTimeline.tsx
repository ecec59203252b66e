import { Text, Timeline } from '@mantine/core';
import { useTimes } from '../shared/format.ts';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { Panel } from '../shared/Panel.tsx';
import { attributeLabel, attributeText } from './attributeText.ts';
import classes from './PersonTimeline.module.css';
import { useTimeline } from './queries.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A few of a message's properties, on one line: what people can read, and nothing twice. */
function summary(properties: Record<string, unknown>, write: (value: unknown) => string): string {
  const seen = new Set<unknown>();
  return Object.entries(properties)
    .filter(([name, value]) => {
      if (typeof value === 'object' || seen.has(value)) return false;
      if (typeof value === 'string' && uuid.test(value)) return false;
      seen.add(value);
      return !(name === 'url' && 'path' in properties);
    })
    .slice(0, 4)
    .map(([name, value]) => `${attributeLabel(name).toLowerCase()}: ${write(value)}`)
    .join(', ');
}

/** Where a message came from: `import:<id>` is an import. */
const origin = (source: string) => source.split(':')[0];

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
          <Timeline bulletSize={12} lineWidth={2} active={-1} className={classes.timeline}>
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
                <Text size="xs" c="dimmed" component="time" display="block" dateTime={item.time}>
                  {times.time(item.time)}, {origin(item.source)}
                </Text>
              </Timeline.Item>
            ))}
          </Timeline>
        )}
      </LoadedPages>
    </Panel>
  );
}
