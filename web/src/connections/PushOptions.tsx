import { Stack, Switch, Text } from '@mantine/core';
import { LeavingField } from './LeavingField.tsx';
import type { MappingDraft } from './mappingDraft.ts';
import type { Audience } from './pushing.ts';

interface Props {
  draft: MappingDraft;
  audience: Audience;
  onChange: (draft: MappingDraft) => void;
}

/** What can be changed of how a segment is pushed; another segment, audience or tag is another connection. */
export function PushOptions({ draft, audience, onChange }: Props) {
  return (
    <Stack gap="sm">
      <Switch
        label="Tag with the names of their programs too"
        checked={draft.programTags}
        onChange={(event) => onChange({ ...draft, programTags: event.currentTarget.checked })}
      />
      <LeavingField
        value={audience.leaving}
        onChange={(leaving) => onChange({ ...draft, audience: { ...audience, leaving } })}
      />
      <Text size="xs" c="dimmed">
        Another segment, audience or tag is another connection.
      </Text>
    </Stack>
  );
}
