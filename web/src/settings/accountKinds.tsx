import type { ReactNode } from 'react';
import type { AccountFieldsProps } from './accountFields.ts';
import type { AccountKind } from './accountValues.ts';
import { MailchimpFields } from './MailchimpFields.tsx';
import type { Account } from './queries.ts';
import { SesFields } from './SesFields.tsx';
import { SmtpFields } from './SmtpFields.tsx';

interface Kind {
  label: string;
  /** What it is for, while it is chosen. */
  about: string;
  /** Where an account of this kind sends. */
  place: (settings: Account['settings']) => string;
  Fields?: (props: AccountFieldsProps) => ReactNode;
}

export const accountKinds: Record<AccountKind, Kind> = {
  smtp: {
    label: 'SMTP server',
    about: 'Any mail server, or any provider by its SMTP address.',
    place: ({ host }) => `SMTP: ${String(host ?? '')}`,
    Fields: SmtpFields,
  },
  ses: {
    label: 'Amazon SES',
    about: 'Amazon Simple Email Service, by its API.',
    place: ({ region }) => `Amazon SES: ${String(region ?? '')}`,
    Fields: SesFields,
  },
  mailchimp_transactional: {
    label: 'Mailchimp Transactional',
    about: 'Once called Mandrill, by its API.',
    place: ({ subaccount }) => `Mailchimp Transactional${subaccount ? `: ${String(subaccount)}` : ''}`,
    Fields: MailchimpFields,
  },
  dev: {
    label: 'Dev mailbox',
    about: 'Emails go to nobody: the page shows them.',
    place: () => 'Dev mailbox: emails stay here',
  },
  null: {
    label: 'Nowhere',
    about: 'For benchmarks: takes every email and keeps nothing of it.',
    place: () => 'Nowhere: emails are thrown away',
  },
};
