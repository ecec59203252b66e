import { Card, Stack, Switch } from '@mantine/core';
import { fieldError, insideError } from '../../shared/fieldError.ts';
import { newBranch } from '../draft.ts';
import { EventFields } from '../steps/EventFields.tsx';
import { RuleField } from '../steps/RuleField.tsx';
import type { Settings } from './settings.ts';

/** When somebody leaves before the end. */
export function ExitFields({ definition: { entry, exit }, error, define }: Settings) {
  const change = (part: Partial<typeof exit>) => define({ exit: { ...exit, ...part } });
  return (
    <Stack gap="sm">
      <Switch
        label="People who leave the segments leave the campaign"
        checked={exit.on_segment_left}
        disabled={entry.segments.length === 0 && !exit.on_segment_left}
        error={fieldError(error, 'definition.exit.on_segment_left')}
        onChange={(event) => change({ on_segment_left: event.currentTarget.checked })}
      />
      <Switch
        label="Who does something leaves"
        checked={exit.event !== undefined}
        onChange={(event) => change({ event: event.currentTarget.checked ? { event: '' } : undefined })}
      />
      {exit.event && (
        <EventFields
          label="They leave when they do"
          value={exit.event}
          error={insideError(error, 'definition.exit.event')}
          onChange={(event) => change({ event })}
        />
      )}
      <Switch
        label="Who satisfies a rule leaves"
        description="Asked before every step."
        checked={exit.rule !== undefined}
        onChange={(event) => change({ rule: event.currentTarget.checked ? newBranch().rule : undefined })}
      />
      {exit.rule && (
        <Card padding="sm">
          <RuleField
            rule={exit.rule}
            field="definition.exit.rule"
            error={error}
            onChange={(rule) => change({ rule })}
          />
        </Card>
      )}
    </Stack>
  );
}
