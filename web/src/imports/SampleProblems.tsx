import { Alert, List, Text } from '@mantine/core';
import { number } from '../shared/format.ts';
import type { Preview } from './queries.ts';

const SHOWN = 3;

/** What is wrong in the rows looked at, as they would be read now. */
export function SampleProblems({ preview }: { preview: Preview }) {
  const { rows_bad, rows_sampled, problems } = preview;
  if (rows_bad === 0) return null;
  return (
    <Alert
      color="marigold"
      data-testid="sample-problems"
      title={`${number(rows_bad)} of the first ${number(rows_sampled)} rows cannot be taken`}
    >
      <List size="sm">
        {problems.slice(0, SHOWN).map(({ line, column, reason }) => (
          <List.Item key={line}>
            Line {number(line)}
            {column && `, ${column}`}: {reason}
          </List.Item>
        ))}
      </List>
      <Text size="sm" mt={4}>
        Bad rows are listed after the import; the good rows go in.
      </Text>
    </Alert>
  );
}
