import {
  IconArrowsSplit2,
  IconClock,
  IconDoorExit,
  IconEar,
  IconGitBranch,
  IconHourglassHigh,
  IconMail,
  IconTag,
  IconWebhook,
} from '@tabler/icons-react';
import type { StepType } from '../queries.ts';

interface Kind {
  label: string;
  /** What it does, in a line. */
  about: string;
  Icon: typeof IconMail;
  /** Its colour: what is sent, what waits, what chooses, what tells. */
  tone: 'send' | 'wait' | 'choose' | 'tell';
}

/** The kinds of steps, in the order in which they are offered. */
export const kinds: Record<StepType, Kind> = {
  email: { label: 'Email', about: 'Write to the person', Icon: IconMail, tone: 'send' },
  wait: { label: 'Wait', about: 'Some days or hours', Icon: IconHourglassHigh, tone: 'wait' },
  wait_until: {
    label: 'Wait until a time',
    about: 'Of the day, on some weekdays',
    Icon: IconClock,
    tone: 'wait',
  },
  wait_for: {
    label: 'Wait for something',
    about: 'Until the person does it, or a deadline',
    Icon: IconEar,
    tone: 'wait',
  },
  branch: {
    label: 'Branch',
    about: 'Different steps for different people',
    Icon: IconGitBranch,
    tone: 'choose',
  },
  split: {
    label: 'Split test',
    about: 'Ways by chance, to see which does better (A/B)',
    Icon: IconArrowsSplit2,
    tone: 'choose',
  },
  set_attribute: {
    label: 'Set attribute',
    about: 'Note something about the person',
    Icon: IconTag,
    tone: 'tell',
  },
  webhook: { label: 'Webhook', about: 'Tell another program', Icon: IconWebhook, tone: 'tell' },
  exit: { label: 'Exit', about: 'The campaign ends here for them', Icon: IconDoorExit, tone: 'tell' },
};

export const stepTypes = Object.keys(kinds) as StepType[];
