import { Skeleton, Stack, Text } from '@mantine/core';
import { Loaded } from '../shared/Loaded.tsx';
import { SandboxedHtml } from '../shared/SandboxedHtml.tsx';
import { PersonChoice } from './PersonChoice.tsx';
import type { usePreview } from './queries.ts';

interface Props {
  preview: ReturnType<typeof usePreview>;
  person: string | undefined;
  onPerson: (id: string | undefined) => void;
}

/** The email as one chosen person would get it. */
export function EmailPreview({ preview, person, onPerson }: Props) {
  return (
    <Stack gap="sm" miw={0}>
      <PersonChoice value={person} onChange={onPerson} />
      <Loaded query={preview} skeleton={<Skeleton h={300} />}>
        {(letter) => (
          <Stack gap={6}>
            <Text size="sm" truncate data-testid="preview-subject">
              <Text span c="dimmed">
                Subject:{' '}
              </Text>
              {letter.subject || '–'}
            </Text>
            <SandboxedHtml title="Email preview" html={letter.html} height={286} />
          </Stack>
        )}
      </Loaded>
    </Stack>
  );
}
