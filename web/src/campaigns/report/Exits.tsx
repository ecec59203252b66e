import { Progress, Stack, Text } from '@mantine/core';
import { number, percent } from '../../shared/format.ts';
import { Panel } from '../../shared/Panel.tsx';
import type { Report } from '../queries.ts';

const words: Record<keyof Report['exits'], string> = {
  goal: 'Reached the goal',
  event: 'Did what makes people leave',
  rule: 'Satisfied the rule for leaving',
  segment_left: 'Left the segments',
  unsubscribed: 'Unsubscribed',
  removed: 'Taken out by hand, or erased',
  stopped: 'Were in it when it was stopped',
  exit_step: 'Got to an exit',
};

/** Why people left before the end, most frequent first. */
export function Exits({ report: { exits, exited } }: { report: Report }) {
  const reasons = (Object.entries(exits) as [keyof typeof exits, number][]).sort(([, a], [, b]) => b - a);
  if (reasons.length === 0) return null;
  return (
    <Panel title="Why people left early">
      <Stack gap="sm">
        {reasons.map(([reason, people]) => (
          <div key={reason} data-testid="report-exit">
            <Text size="sm">
              {words[reason]}: <b>{number(people)}</b>{' '}
              <Text span c="dimmed" inherit>
                {percent(people, exited)}
              </Text>
            </Text>
            <Progress value={(people / exited) * 100} size="sm" aria-label={words[reason]} />
          </div>
        ))}
      </Stack>
    </Panel>
  );
}
