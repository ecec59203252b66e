import { Code } from '@mantine/core';
import {
  IconFileText,
  IconMail,
  IconPlugConnected,
  type IconUsers,
  IconUsersGroup,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface FieldWords {
  label: string;
  /** Where to find it; else what the server says of it. */
  help?: ReactNode;
  placeholder?: string;
}

interface KindWords {
  icon: typeof IconUsers;
  about: string;
  fields: Record<string, FieldWords>;
}

const mailchimpKey: FieldWords = {
  label: 'API key',
  placeholder: '0123456789abcdef0123456789abcdef-us21',
  help: (
    <>
      In Mailchimp: your profile → Account &amp; billing → Extras → API keys → Create a key. It ends with a
      dash and the data centre, as in <Code>-us21</Code>.
    </>
  ),
};

const known: Record<string, KindWords> = {
  mailchimp: {
    icon: IconMail,
    about:
      'The contacts of one audience: additions, changed fields and tags, unsubscribes, archived and deleted contacts.',
    fields: {
      list: {
        label: 'Audience ID',
        placeholder: '4f1c0a9b2e',
        help: (
          <>
            In Mailchimp: Audience → All contacts → Settings → Audience name and defaults. It stands there as
            “Audience ID”, ten letters and digits.
          </>
        ),
      },
      key: mailchimpKey,
    },
  },
  segment: {
    icon: IconUsersGroup,
    about:
      'From here to there: the people of a segment, tagged, and taken off when they leave it. Who unsubscribed, here or there, is left alone.',
    fields: { key: mailchimpKey },
  },
  file: {
    icon: IconFileText,
    about: 'A CSV or JSON file that another program keeps at a web address. Read again only when it changed.',
    fields: {
      url: { label: 'Address of the file', placeholder: 'https://example.com/customers.csv' },
      id: { label: 'Column that names a record', placeholder: 'id' },
      header: { label: 'Header of the secret' },
      secret: {
        label: 'Secret',
        help: (
          <>
            Sent in that header, as it is; for a bearer token, begin with “Bearer ”. Leave it empty if none is
            asked for.
          </>
        ),
      },
    },
  },
};

/** Words for a kind of list; the server's own are used for what is not told apart here. */
export const kindWords = (kind: string): KindWords =>
  known[kind] ?? { icon: IconPlugConnected, about: '', fields: {} };
