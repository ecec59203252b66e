import { Code, Group } from '@mantine/core';
import { useTimes } from '../shared/format.ts';
import { attributeText } from './attributeText.ts';
import type { PersonDetail } from './queries.ts';

interface Props {
  kind: PersonDetail['attributes'][number]['kind'];
  value: unknown;
}

/** A value as people read it: a list as its parts, an object as it was written, all else as text. */
export function AttributeValue({ kind, value }: Props) {
  const times = useTimes();
  if (kind === 'object')
    return (
      <Code block fz="xs" p={6} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {JSON.stringify(value, null, 1)}
      </Code>
    );
  if (kind !== 'list' || !Array.isArray(value)) return attributeText(value, times);
  if (value.length === 0) return 'an empty list';
  return (
    <Group gap={4}>
      {value.map((one, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a list may hold the same value twice
        <Code key={at} style={{ overflowWrap: 'anywhere' }}>
          {attributeText(one, times)}
        </Code>
      ))}
    </Group>
  );
}
