import { doneText } from '../../segments/ruleText.ts';
import type { Definition, Trigger } from '../queries.ts';
import { cronText } from './cron.ts';

interface Words {
  label: string;
  about: string;
}

/** What lets people in, as it is offered. */
export const triggers: Record<Trigger['type'], Words> = {
  segments: {
    label: 'Being in a segment',
    about: 'Everybody in it enters now, and whoever gets into it later',
  },
  event: { label: 'Doing something', about: 'Whoever does it enters at that moment' },
  schedule: { label: 'A schedule', about: 'Everybody in the segments enters each time' },
  import: { label: 'A finished import', about: 'Everybody in the segments enters when a file was imported' },
  sync: {
    label: 'A connection synced',
    about: 'Everybody in the segments enters when a list brought changes',
  },
  call: { label: 'A call of the API', about: 'Whom another program names enters' },
  document: { label: 'A loyalty campaign document', about: 'Whom the document means enters (CloudEvents)' },
};

/** Triggers that let everybody in the segments in, and so need at least one. */
export const needsSegments = (type: Trigger['type']) =>
  ['segments', 'schedule', 'import', 'sync'].includes(type);

/** Who enters, in a few words for the flow's beginning. */
export function entryText(
  { entry: { trigger, segments } }: Definition,
  nameOf: (id: string) => string,
): string {
  const names = segments.map(nameOf).join(' or ');
  const only = names && ` (only ${names})`;
  switch (trigger.type) {
    case 'segments':
      return names ? `Enters when in ${names}` : 'Nobody enters yet: choose a segment';
    case 'event':
      return `Enters who ${trigger.event ? doneText(trigger.event) : 'did …'}${only}`;
    case 'schedule':
      return `${names || 'A segment'} enters ${cronText(trigger.cron)}`;
    case 'import':
      return `${names || 'A segment'} enters after an import`;
    case 'sync':
      return `${names || 'A segment'} enters after a sync`;
    case 'call':
      return `Enters whom a call of the API names${only}`;
    case 'document':
      return `Enters whom a loyalty campaign document means${only}`;
  }
}
