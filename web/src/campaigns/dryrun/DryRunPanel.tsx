import { List, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { AsOf } from '../../shared/AsOf.tsx';
import { Loaded } from '../../shared/Loaded.tsx';
import { Panel } from '../../shared/Panel.tsx';
import { type Definition, useDryRun } from '../queries.ts';
import { DryRunResult } from './DryRunResult.tsx';
import { unfinished } from './unfinished.ts';

/** What a draft would do, were it started now. */
export function DryRunPanel({ definition }: { definition: Definition }) {
  const [settled] = useDebouncedValue(definition, 600);
  const missing = unfinished(settled);
  const run = useDryRun(settled, missing.length === 0);
  return (
    <Panel
      title="What would happen"
      aside={missing.length === 0 ? <AsOf time={run.data?.as_of} /> : undefined}
    >
      {missing.length > 0 ? (
        <div data-testid="unfinished">
          <Text size="sm" c="dimmed" mb={4}>
            Shown here as soon as the campaign is complete:
          </Text>
          <List size="sm">
            {missing.map((one) => (
              <List.Item key={one}>{one}</List.Item>
            ))}
          </List>
        </div>
      ) : (
        <Loaded query={run}>{(result) => <DryRunResult result={result} steps={settled.steps} />}</Loaded>
      )}
    </Panel>
  );
}
