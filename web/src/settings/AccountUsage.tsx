import { Alert, Progress, Stack, Text } from '@mantine/core';
import { number, useTimes } from '../shared/format.ts';
import type { Account } from './queries.ts';

/** How much of its limits an account has used, and what holds it back now. */
export function AccountUsage({ account: { limits, usage, rate_per_second } }: { account: Account }) {
  const times = useTimes();
  const bars: [string, number, number | null][] = [
    ['in the last hour', usage.hour, limits.per_hour],
    ['in the last 24 hours', usage.day, least(limits.per_day, usage.warm_up_today)],
    ['under way', usage.sending, limits.in_flight],
  ];
  return (
    <Stack gap={6} mt="sm">
      {bars.map(([label, used, most]) =>
        most === null ? null : (
          <div key={label}>
            <Text size="xs" c="dimmed">
              {number(used)} of {number(most)} {label}
              {most === usage.warm_up_today &&
                most !== limits.per_day &&
                label.includes('24') &&
                ' (warming up)'}
            </Text>
            <Progress
              value={Math.min(100, (used / most) * 100)}
              color={used >= most ? 'marigold' : 'spruce'}
              aria-label={`Emails ${label}`}
            />
          </div>
        ),
      )}
      {usage.rate < rate_per_second && (
        <Alert color="marigold" title="The provider slowed it down">
          {number(usage.rate)} instead of {number(rate_per_second)} a second, doubled each minute without a
          complaint
          {usage.resumes_at && `; nothing until ${times.time(usage.resumes_at)}`}.
        </Alert>
      )}
    </Stack>
  );
}

const least = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
