import { NumberInput, Stack, Switch, Text } from '@mantine/core';
import { fieldError, insideError } from '../../shared/fieldError.ts';
import { EventFields } from '../steps/EventFields.tsx';
import type { Settings } from './settings.ts';

/** What the campaign is for, and how the report knows that it worked. */
export function GoalFields({ definition: { goal }, error, define }: Settings) {
  return (
    <Stack gap="sm">
      <Switch
        label="The campaign has a goal"
        description="The report counts who reached it, and compares the ways of split tests by it."
        checked={goal !== undefined}
        onChange={(event) =>
          define({
            goal: event.currentTarget.checked
              ? { event: 'Order Completed', within_days: 30, exit: true }
              : undefined,
          })
        }
      />
      {goal && (
        <>
          <EventFields
            label="Reached when they do"
            value={goal}
            error={insideError(error, 'definition.goal.event') ?? insideError(error, 'definition.goal.where')}
            onChange={(event) => define({ goal: { ...goal, ...event } })}
          />
          <NumberInput
            label="Within so many days of entering"
            maw={320}
            min={1}
            max={365}
            allowDecimal={false}
            value={goal.within_days}
            error={fieldError(error, 'definition.goal.within_days')}
            onChange={(days) => define({ goal: { ...goal, within_days: Number(days) || 1 } })}
          />
          <Switch
            label="Who reached it leaves"
            checked={goal.exit}
            onChange={(event) => define({ goal: { ...goal, exit: event.currentTarget.checked } })}
          />
          <Text size="sm" c="dimmed">
            Somebody who has ordered need not be asked to order.
          </Text>
        </>
      )}
    </Stack>
  );
}
