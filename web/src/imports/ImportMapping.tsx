import { Alert, Button, Group, Progress, Select, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Failure } from '../shared/Failure.tsx';
import { bytes, count, percent } from '../shared/format.ts';
import { Panel } from '../shared/Panel.tsx';
import { MappingTable } from './MappingTable.tsx';
import { type Column, type Mapping, type Preview, useStartImport } from './queries.ts';

interface Props {
  file: File;
  preview: Preview;
  leave: () => void;
}

const delimiters: Record<string, string> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

/** How the columns of a file are understood, to be set right before the file goes in. */
export function ImportMapping({ file, preview, leave }: Props) {
  const [columns, setColumns] = useState<Column[]>(() =>
    preview.columns.map(({ sample: _, ...column }) => column),
  );
  const [identity, setIdentity] = useState<Mapping['identity']>(preview.identity ?? 'email');
  const [progress, setProgress] = useState(0);
  const start = useStartImport();
  const navigate = useNavigate();
  const identified = columns.some((column) => column.attribute === identity);
  const submit = () =>
    start.mutate(
      { file, mapping: { columns, identity }, onProgress: setProgress },
      { onSuccess: (made) => navigate({ to: '/imports/$id', params: { id: made.id } }) },
    );
  return (
    <Panel
      title={file.name}
      aside={
        <Text size="xs" c="dimmed">
          {bytes(file.size)}, {preview.encoding}, divided by{' '}
          {delimiters[preview.delimiter ?? ''] ?? preview.delimiter}
          {preview.compression === 'gzip' && ', gzip'}
        </Text>
      }
    >
      <Stack>
        <Text size="sm">
          This is how the columns are understood, guessed from the first{' '}
          {count(preview.rows_sampled, 'row', 'rows')}. Change what is wrong; a column without an attribute is
          left out.
        </Text>
        <MappingTable
          columns={columns}
          samples={preview.columns.map((column) => column.sample)}
          onChange={setColumns}
        />
        <Select
          label="Who a row is about is said by"
          description="The same person twice is one person."
          value={identity}
          allowDeselect={false}
          onChange={(value) => setIdentity(value as Mapping['identity'])}
          data={[
            { value: 'email', label: 'the e-mail address' },
            { value: 'customer_id', label: 'the customer id' },
          ]}
          error={identified ? undefined : `No column is mapped to the attribute ${identity}.`}
          maw={320}
        />
        {preview.problems.length > 0 && (
          <Alert
            color="marigold"
            title={`${count(preview.problems.length, 'row', 'rows')} of the sample cannot be taken`}
          >
            <Text size="sm">
              Line {preview.problems[0]!.line}: {preview.problems[0]!.reason}. Bad rows are listed after the
              import; the good rows go in.
            </Text>
          </Alert>
        )}
        <Failure error={start.error} />
        {start.isPending && (
          <Progress.Root size="lg" aria-label="Upload">
            <Progress.Section value={progress * 100} aria-valuetext={percent(progress, 1)} striped animated />
          </Progress.Root>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={leave} disabled={start.isPending}>
            Choose another file
          </Button>
          <Button onClick={submit} loading={start.isPending} disabled={!identified}>
            Start import
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}
