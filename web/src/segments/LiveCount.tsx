import { Divider, Progress, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type Answer, ApiError } from '../api/client.ts';
import { PersonName } from '../profiles/PersonName.tsx';
import { AsOf } from '../shared/AsOf.tsx';
import { Failure } from '../shared/Failure.tsx';
import { count as countOf, number, percent } from '../shared/format.ts';
import { Panel } from '../shared/Panel.tsx';
import classes from './LiveCount.module.css';

interface Props {
  query: UseQueryResult<Answer<'/api/segments/count', 'post'>>;
  /** Whether the rule has all it needs to be counted. */
  finished: boolean;
}

/** How many people the rule on the left holds for, now. */
export function LiveCount({ query, finished }: Props) {
  const data = query.data;
  return (
    <Panel title="People now" aside={<AsOf time={finished ? data?.as_of : undefined} />}>
      {!finished ? (
        <Text size="sm" c="dimmed">
          Complete every condition to see how many people it holds for.
        </Text>
      ) : query.error instanceof ApiError && query.error.field ? (
        <Text size="sm" c="dimmed">
          Something in the rule is not right yet: it is said there.
        </Text>
      ) : query.isError ? (
        <Failure error={query.error} retry={() => query.refetch()} />
      ) : (
        <Stack gap="sm" className={classes.body} data-old={query.isPlaceholderData || !data || undefined}>
          <div role="status">
            <Text className={classes.count} data-testid="segment-count">
              {data ? number(data.count) : '…'}
            </Text>
            <Text size="sm" c="dimmed">
              {data
                ? `${percent(data.count, data.total)} of ${countOf(data.total, 'person', 'people')}`
                : 'Counting'}
            </Text>
          </div>
          <Progress
            value={data && data.total > 0 ? (data.count / data.total) * 100 : 0}
            aria-label="Share of all people"
          />
          {data && data.sample.length > 0 && (
            <>
              <Divider label="Among them" labelPosition="left" />
              <Stack gap={8}>
                {data.sample.slice(0, 5).map((person) => (
                  <PersonName key={person.id} person={person} />
                ))}
              </Stack>
            </>
          )}
          {data && (
            <Text size="xs" c="dimmed">
              counted in {number(Math.round(data.took_ms))} ms
            </Text>
          )}
        </Stack>
      )}
    </Panel>
  );
}
