import { Code, Group, SegmentedControl, Skeleton, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Loaded } from '../../shared/Loaded.tsx';
import { SandboxedHtml } from '../../shared/SandboxedHtml.tsx';
import { PersonChoice } from '../PersonChoice.tsx';
import type { Letter, usePreview } from '../queries.ts';
import { EmailProblems } from './EmailProblems.tsx';
import { TestEmail } from './TestEmail.tsx';

interface Props {
  preview: ReturnType<typeof usePreview>;
  letter: Letter;
  account: string | undefined;
  person: string | undefined;
  onPerson: (id: string | undefined) => void;
}

/** As wide as most emails are drawn, and as most telephones are. */
const widths = { desktop: 640, phone: 375 };

/** The email as one chosen person would get it, where they may read it; and what is amiss. */
export function EmailPreview({ preview, letter, account, person, onPerson }: Props) {
  const [view, setView] = useState<'desktop' | 'phone' | 'text'>('desktop');
  const [scheme, setScheme] = useState<'light' | 'dark'>('light');
  return (
    <Stack gap="sm" miw={0}>
      <PersonChoice value={person} onChange={onPerson} />
      <Group gap="xs">
        <SegmentedControl
          size="xs"
          aria-label="Show on"
          value={view}
          onChange={(next) => setView(next as typeof view)}
          data={[
            { value: 'desktop', label: 'Desktop' },
            { value: 'phone', label: 'Phone' },
            { value: 'text', label: 'Text' },
          ]}
        />
        <SegmentedControl
          size="xs"
          aria-label="Ground"
          value={scheme}
          disabled={view === 'text'}
          onChange={(next) => setScheme(next as typeof scheme)}
          data={[
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
        />
        <TestEmail letter={letter} account={account} />
      </Group>
      <Loaded query={preview} skeleton={<Skeleton h={300} />}>
        {(shown) => (
          <Stack gap={6} miw={0}>
            <Text size="sm" truncate data-testid="preview-subject">
              <Text span c="dimmed">
                Subject:{' '}
              </Text>
              {shown.subject || '–'}
            </Text>
            {view === 'text' ? (
              <Code block mah={400} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
                {shown.text}
              </Code>
            ) : (
              <SandboxedHtml
                title="Email preview"
                html={shown.html}
                height={400}
                width={widths[view]}
                scheme={scheme}
              />
            )}
            <EmailProblems problems={shown.problems} />
          </Stack>
        )}
      </Loaded>
    </Stack>
  );
}
