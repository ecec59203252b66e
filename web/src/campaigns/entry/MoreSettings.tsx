import { Accordion, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { doneText } from '../../segments/ruleText.ts';
import { insideError } from '../../shared/fieldError.ts';
import { count } from '../../shared/format.ts';
import type { Definition } from '../queries.ts';
import { ExitFields } from './ExitFields.tsx';
import { GoalFields } from './GoalFields.tsx';
import { HoursFields } from './HoursFields.tsx';
import { LimitFields } from './LimitFields.tsx';
import { ReentryFields } from './ReentryFields.tsx';
import type { Settings } from './settings.ts';

interface Section {
  title: string;
  /** What it is set to, shown while it is folded. */
  now: (definition: Definition) => string;
  /** The fields in it, as the server names them. */
  fields: string[];
  Fields: (settings: Settings) => React.ReactNode;
}

const list = (...parts: (string | false | undefined)[]) => parts.filter(Boolean).join(', ');

const sections: Section[] = [
  {
    title: 'Entering again',
    now: ({ entry: { reentry } }) =>
      typeof reentry === 'object' ? `after ${count(reentry.days, 'day', 'days')}` : reentry,
    fields: ['entry.reentry'],
    Fields: ReentryFields,
  },
  {
    title: 'Leaving early',
    now: ({ exit }) =>
      list(
        exit.on_segment_left && 'who leaves the segments',
        exit.event && `who ${doneText(exit.event.event)}`,
        exit.rule && 'by a rule',
      ) || 'nobody',
    fields: ['exit'],
    Fields: ExitFields,
  },
  {
    title: 'Goal',
    now: ({ goal }) =>
      goal ? `${goal.event || '…'} within ${count(goal.within_days, 'day', 'days')}` : 'none',
    fields: ['goal'],
    Fields: GoalFields,
  },
  {
    title: 'Hours and time zone',
    now: ({ quiet_hours: quiet, send_windows: windows, timezone, timezone_attribute: own }) =>
      list(
        quiet && `quiet from ${quiet.from} to ${quiet.to}`,
        windows && count(windows.length, 'send window', 'send windows'),
        timezone,
        own && 'each person’s own',
      ) || 'at any time',
    fields: ['quiet_hours', 'send_windows', 'timezone', 'timezone_attribute'],
    Fields: HoursFields,
  },
  {
    title: 'Program and limits',
    now: ({ program, ignore_frequency_cap: ignored, merge_within_minutes: merge, min_gap_minutes: gap }) =>
      list(
        program !== undefined && 'for a program',
        ignored && 'no frequency cap',
        merge !== undefined && `merged within ${merge} minutes`,
        gap !== undefined && `${gap} minutes apart`,
      ) || 'as usual',
    fields: ['program', 'ignore_frequency_cap', 'merge_within_minutes', 'min_gap_minutes'],
    Fields: LimitFields,
  },
];

/** What most campaigns do without, folded away; each says what it is set to. What the server complains of is open. */
export function MoreSettings(settings: Settings) {
  const { definition, error } = settings;
  const [opened, setOpened] = useState<string[]>([]);
  const wrong = sections.filter(({ fields }) =>
    fields.some((field) => insideError(error, `definition.${field}`) !== undefined),
  );
  return (
    <Accordion
      multiple
      variant="contained"
      value={[...new Set([...opened, ...wrong.map(({ title }) => title)])]}
      onChange={setOpened}
    >
      {sections.map(({ title, now, Fields }) => (
        <Accordion.Item key={title} value={title}>
          <Accordion.Control>
            <Group justify="space-between" gap="xs" pr="sm">
              <Text size="sm" fw={550}>
                {title}
              </Text>
              <Text size="sm" c="dimmed">
                {now(definition)}
              </Text>
            </Group>
          </Accordion.Control>
          <Accordion.Panel>
            <Fields {...settings} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}
