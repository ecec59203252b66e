import { Alert, Button, FileButton, Group, Progress, Stack, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import { PersonChoice } from '../campaigns/PersonChoice.tsx';
import { Failure } from '../shared/Failure.tsx';
import { count, number } from '../shared/format.ts';
import { done } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { usePick, useUploadPeople } from './queries.ts';

/** Puts people into a static segment: one searched for, or all that a file names. */
export function PickPeople({ id }: { id: string }) {
  const [person, setPerson] = useState<string>();
  const [share, setShare] = useState(0);
  const pick = usePick(id);
  const uploading = useUploadPeople(id, setShare);
  const add = async () => {
    if (person === undefined) return;
    const answer = await pick.mutateAsync({ add: [person] }).catch(() => undefined);
    if (!answer) return;
    done('Added. They appear below as soon as the segment is computed.');
    setPerson(undefined);
  };
  const taken = uploading.data;
  return (
    <Panel title="Add people">
      <Stack gap="md">
        <Group align="flex-end" gap="sm" wrap="wrap">
          <div style={{ flex: '1 1 240px', maxWidth: 420 }}>
            <PersonChoice
              label="Person"
              placeholder="Name, e-mail or id"
              value={person}
              onChange={setPerson}
            />
          </div>
          <Button onClick={add} loading={pick.isPending} disabled={person === undefined}>
            Add
          </Button>
        </Group>
        <Failure error={pick.error} />
        <Group gap="sm">
          <FileButton
            onChange={(file) => {
              setShare(0);
              if (file) uploading.mutate(file);
            }}
            accept=".csv,.txt,text/csv,text/plain"
            inputProps={{ 'aria-label': 'File of people' }}
          >
            {(props) => (
              <Button
                {...props}
                variant="default"
                leftSection={<IconUpload size={16} />}
                loading={uploading.isPending}
              >
                Upload a list
              </Button>
            )}
          </FileButton>
          <Text size="sm" c="dimmed" flex="1 1 220px">
            One id or e-mail address a line, or a CSV with a column “id” or “email”.
          </Text>
        </Group>
        {uploading.isPending && (
          <Progress value={share * 100} animated={share === 1} aria-label="Share of the file sent" />
        )}
        <Failure error={uploading.error} />
        {taken && (
          <Alert
            color={taken.unknown > 0 ? 'marigold' : 'spruce'}
            title={`${count(taken.found, 'line names', 'lines name')} somebody, ${number(taken.unknown)} nobody`}
            role="status"
            data-testid="upload-result"
          >
            {taken.unknown_sample.length > 0 && (
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                Not found: {taken.unknown_sample.join(', ')}
                {taken.unknown > taken.unknown_sample.length && ', …'}. Only people Rapport has heard of can
                be picked; import them first.
              </Text>
            )}
          </Alert>
        )}
      </Stack>
    </Panel>
  );
}
