import { Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { fieldError } from '../../shared/fieldError.ts';
import { timesIn, useTimes } from '../../shared/format.ts';
import { weekdays } from '../lengths.ts';
import type { TriggerOf, Weekday } from '../queries.ts';
import { TimeOfDay } from '../steps/TimeOfDay.tsx';
import { WeekdayChips } from '../steps/WeekdayChips.tsx';
import { ZoneField } from '../steps/ZoneField.tsx';
import { cronOf, nextTimes, type Plan, planOf } from './cron.ts';

interface Props {
  trigger: TriggerOf<'schedule'>;
  /** The campaign's own time zone. */
  zone: string | undefined;
  error: unknown;
  onChange: (trigger: TriggerOf<'schedule'>) => void;
}

const everies = [
  { value: 'hour', label: 'Every hour' },
  { value: 'day', label: 'Every day' },
  { value: 'week', label: 'Some weekdays' },
  { value: 'month', label: 'Every month' },
  { value: 'cron', label: 'Something else (cron)' },
];

/** A plan of another kind, with what fits of the one before. */
function begun(every: Plan['every'], before: Plan): Plan {
  const time = 'time' in before ? before.time : '09:00';
  if (every === 'hour') return { every, minute: 0 };
  if (every === 'day') return { every, time };
  if (every === 'week') return { every, time, days: ['monday'] };
  return every === 'month' ? { every, time, day: 1 } : { every };
}

/** How often, at what time; what comes of it is shown below. */
export function ScheduleFields({ trigger, zone, error, onChange }: Props) {
  const own = useTimes().timeZone;
  const plan = planOf(trigger.cron);
  const timezone = trigger.timezone ?? zone ?? own;
  const next = nextTimes(trigger.cron, timezone);
  const change = (to: Plan) => to.every !== 'cron' && onChange({ ...trigger, cron: cronOf(to) });
  return (
    <Stack gap="sm">
      <Group align="end">
        <Select
          label="How often"
          w={210}
          allowDeselect={false}
          data={everies}
          value={plan.every}
          onChange={(every) => {
            if (every === 'cron') onChange({ ...trigger, cron: '0 9 1-7 * 1' });
            else change(begun(every as Plan['every'], plan));
          }}
        />
        {plan.every === 'hour' && (
          <NumberInput
            label="Minutes past"
            w={130}
            min={0}
            max={59}
            value={plan.minute}
            onChange={(minute) => change({ ...plan, minute: Math.min(59, Number(minute) || 0) })}
          />
        )}
        {plan.every === 'month' && (
          <NumberInput
            label="Day of the month"
            w={150}
            min={1}
            max={31}
            value={plan.day}
            onChange={(day) => change({ ...plan, day: Math.min(31, Number(day) || 1) })}
          />
        )}
        {'time' in plan && (
          <TimeOfDay label="At" value={plan.time} onChange={(time) => change({ ...plan, time })} />
        )}
        {plan.every === 'cron' && (
          <TextInput
            label="Cron expression"
            description="Minute, hour, day of month, month, day of week"
            value={trigger.cron}
            onChange={(event) => onChange({ ...trigger, cron: event.currentTarget.value })}
          />
        )}
      </Group>
      {plan.every === 'week' && (
        <WeekdayChips
          label="On these days"
          description="Every day when none is chosen."
          value={plan.days as Weekday[]}
          onChange={(days) => change({ ...plan, days: days ?? weekdays.map(({ value }) => value) })}
        />
      )}
      <ZoneField
        otherwise={`The campaign’s (${zone ?? own})`}
        value={trigger.timezone}
        error={fieldError(error, 'definition.entry.trigger.timezone')}
        onChange={(to) => onChange({ ...trigger, timezone: to })}
      />
      {'times' in next ? (
        <Text size="sm" c="dimmed" data-testid="next-times">
          Next: {next.times.map((at) => timesIn(timezone).time(at.toISOString())).join('; ')}
        </Text>
      ) : (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {fieldError(error, 'definition.entry.trigger.cron') ?? next.wrong}
        </Text>
      )}
    </Stack>
  );
}
