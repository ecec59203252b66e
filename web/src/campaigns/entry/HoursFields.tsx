import { ActionIcon, Autocomplete, Button, Group, Input, Stack, Switch } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useSuggestions } from '../../segments/queries.ts';
import { fieldError, insideError } from '../../shared/fieldError.ts';
import { useTimes } from '../../shared/format.ts';
import { TimeOfDay } from '../steps/TimeOfDay.tsx';
import { WeekdayChips } from '../steps/WeekdayChips.tsx';
import { ZoneField } from '../steps/ZoneField.tsx';
import type { Settings } from './settings.ts';

/** When emails may go out, and whose clock says so. */
export function HoursFields({ definition, error, define }: Settings) {
  const { quiet_hours: quiet, send_windows: windows = [], timezone, timezone_attribute } = definition;
  const { timeZone } = useTimes();
  const attributes = useSuggestions().data?.attributes.map((one) => one.name) ?? [];
  const setWindows = (next: typeof windows) => define({ send_windows: next.length === 0 ? undefined : next });
  return (
    <Stack>
      <Switch
        label="Quiet hours: no email goes out in them"
        checked={quiet !== undefined}
        onChange={(event) =>
          define({ quiet_hours: event.currentTarget.checked ? { from: '21:00', to: '08:00' } : undefined })
        }
      />
      {quiet && (
        <Input.Wrapper error={insideError(error, 'definition.quiet_hours')}>
          <Group>
            <TimeOfDay
              label="From"
              value={quiet.from}
              onChange={(from) => define({ quiet_hours: { ...quiet, from } })}
            />
            <TimeOfDay
              label="To"
              value={quiet.to}
              onChange={(to) => define({ quiet_hours: { ...quiet, to } })}
            />
          </Group>
        </Input.Wrapper>
      )}
      <Input.Wrapper
        label="Send windows"
        labelElement="div"
        description="With any, emails go out in them alone."
        error={insideError(error, 'definition.send_windows')}
      >
        <Stack gap="sm" mt={6}>
          {windows.map((window, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a window is its place, and shows only its value
            <Group key={at} align="end">
              <TimeOfDay
                label="From"
                value={window.from}
                onChange={(from) => setWindows(windows.with(at, { ...window, from }))}
              />
              <TimeOfDay
                label="To"
                value={window.to}
                onChange={(to) => setWindows(windows.with(at, { ...window, to }))}
              />
              <WeekdayChips
                label="On these days"
                description=""
                value={window.days}
                onChange={(days) => setWindows(windows.with(at, { ...window, days }))}
              />
              <ActionIcon
                size={36}
                variant="subtle"
                color="red"
                aria-label="Remove this window"
                onClick={() => setWindows(windows.toSpliced(at, 1))}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          ))}
          <div>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPlus size={14} />}
              onClick={() => setWindows([...windows, { from: '09:00', to: '18:00' }])}
            >
              Add a window
            </Button>
          </div>
        </Stack>
      </Input.Wrapper>
      <ZoneField
        otherwise={`The program’s, else the workspace’s (${timeZone})`}
        value={timezone}
        error={fieldError(error, 'definition.timezone')}
        onChange={(zone) => define({ timezone: zone })}
      />
      <Autocomplete
        label="Attribute with each person’s own time zone"
        description="It goes first where a person has one, like Europe/Berlin."
        placeholder="timezone"
        maw={480}
        data={attributes}
        value={timezone_attribute ?? ''}
        error={fieldError(error, 'definition.timezone_attribute')}
        onChange={(name) => define({ timezone_attribute: name || undefined })}
      />
    </Stack>
  );
}
