import { IconBrandSlack, IconMail, type IconUsers, IconWebhook } from '@tabler/icons-react';
import type { Channel } from './queries.ts';

interface KindWords {
  label: string;
  icon: typeof IconUsers;
  about: string;
  placeholder: string;
}

export const channelKinds: Record<Channel['kind'], KindWords> = {
  webhook: {
    label: 'Webhook',
    icon: IconWebhook,
    about: 'A signed POST of JSON to a program of your own.',
    placeholder: 'https://example.com/rapport-alerts',
  },
  slack: {
    label: 'Slack',
    icon: IconBrandSlack,
    about: 'An incoming webhook of Slack, or of what understands the same (Mattermost, Discord with /slack).',
    placeholder: 'https://hooks.slack.com/services/…',
  },
  email: {
    label: 'Email',
    icon: IconMail,
    about: 'Sent through the workspace’s default account.',
    placeholder: 'team@example.com',
  },
};
