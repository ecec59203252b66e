import { Code, Table, Text } from '@mantine/core';
import { useTimes } from '../shared/format.ts';
import { attributeLabel, attributeText } from './attributeText.ts';
import classes from './PersonTimeline.module.css';
import type { TimelineItem } from './queries.ts';
import { sourceText } from './sourceText.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A few of an event's properties, on one line: what people can read, and nothing twice. */
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

const types: Record<string, string> = { page: 'page view', screen: 'screen' };

/** One event: what, a line of how, and on demand all it said. */
export function TimelineEvent({ item }: { item: TimelineItem }) {
  const times = useTimes();
  const properties = Object.entries(item.properties);
  const line = summary(item.properties, (value) => attributeText(value, times));
  const head = (
    <>
      <Text size="sm" fw={550} component="span">
        {item.name || item.type}
      </Text>
      {line && (
        <Text size="xs" c="dimmed" component="span" className={classes.line}>
          {line}
        </Text>
      )}
      <Text size="xs" c="dimmed" component="span" className={classes.when}>
        <time dateTime={item.time} title={times.exact(item.time)}>
          {times.clock(item.time)}
        </time>
        {types[item.type] && `, ${types[item.type]}`}, {sourceText(item.source)}
      </Text>
    </>
  );
  if (properties.length === 0) return <div data-testid="event">{head}</div>;
  return (
    <details className={classes.event} data-testid="event">
      <summary>{head}</summary>
      <Table variant="vertical" layout="fixed" fz="xs" verticalSpacing={4} horizontalSpacing={8} mt={6}>
        <Table.Tbody>
          {properties.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th w="38%" scope="row" className={classes.word}>
                {name}
              </Table.Th>
              <Table.Td className={classes.word}>
                {typeof value === 'object' && value !== null ? (
                  <Code block fz="xs" p={6} className={classes.json}>
                    {JSON.stringify(value, null, 1)}
                  </Code>
                ) : (
                  attributeText(value, times)
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </details>
  );
}
