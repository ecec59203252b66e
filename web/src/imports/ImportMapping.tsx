import { Alert, Button, Code, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Failure } from '../shared/Failure.tsx';
import { bytes, count } from '../shared/format.ts';
import { Panel } from '../shared/Panel.tsx';
import { attributesOf, type Draft, draftOf, hasPhones, mappingOf } from './draft.ts';
import { MappingTable } from './MappingTable.tsx';
import { type Preview, useChecked } from './queries.ts';
import { SampleProblems } from './SampleProblems.tsx';
import { UploadProgress } from './UploadProgress.tsx';
import { cutOff, type Sending, useUpload } from './useUpload.ts';

interface Props {
  file: File;
  preview: Preview;
  leave: () => void;
}

const delimiters: Record<string, string> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };
const about = ({ format, delimiter, encoding, compression }: Preview) =>
  [
    format === 'csv'
      ? `CSV divided by ${delimiters[delimiter ?? ''] ?? delimiter}`
      : `JSON Lines of ${format}`,
    encoding,
    ...(compression === 'gzip' ? ['gzip'] : []),
  ].join(', ');

/** How a file is understood, to be set right before it goes in. */
export function ImportMapping({ file, preview, leave }: Props) {
  const csv = preview.format === 'csv';
  const [draft, setDraft] = useState<Draft>(() => draftOf(preview));
  const [maxBad, setMaxBad] = useState<number | string>('');
  const [before, setBefore] = useState<Sending>();
  const navigate = useNavigate();
  const upload = useUpload((id) => void navigate({ to: '/imports/$id', params: { id } }));
  const mapping = csv ? mappingOf(draft) : null;
  const [settled] = useDebouncedValue(mapping, 400);
  const checked = useChecked(file, csv ? settled : undefined);
  const seen = checked.data ?? preview;
  useEffect(() => {
    void cutOff(file).then(setBefore);
  }, [file]);
  const busy = upload.state !== 'idle';
  const submit = () => {
    if (mapping === undefined) return;
    const maxBadShare = typeof maxBad === 'number' ? maxBad / 100 : null;
    void upload.start({ file, mapping, maxBadShare });
  };
  return (
    <Panel
      title={file.name}
      aside={
        <Text size="xs" c="dimmed" data-testid="import-format">
          {bytes(file.size)}, {about(preview)}
        </Text>
      }
    >
      <Stack>
        {before && !busy && (
          <Alert color="blue" title="The upload of this file was cut off">
            <Group justify="space-between" gap="xs">
              <Text size="sm">It can go on where it was, read as it was to be read then.</Text>
              <Button size="xs" onClick={() => void upload.start(before)}>
                Go on with it
              </Button>
            </Group>
          </Alert>
        )}
        {csv ? (
          <>
            <Text size="sm">
              {preview.remembered
                ? 'This is how you had the columns of such a file read last time.'
                : `This is how the columns are understood, guessed from the first ${count(preview.rows_sampled, 'row', 'rows')}.`}{' '}
              Change what is wrong; a column without an attribute is left out.
            </Text>
            <MappingTable
              columns={draft.columns}
              samples={preview.columns.map((column) => column.sample)}
              ambiguous={seen.columns.map((column) => column.ambiguous)}
              onChange={(columns) => setDraft({ ...draft, columns })}
            />
            <MappingRules draft={draft} onChange={setDraft} />
          </>
        ) : (
          <Lines lines={preview.lines} />
        )}
        <SampleProblems preview={seen} />
        <NumberInput
          label="Stop when more rows are bad than"
          description="Empty: a tenth, and more than ten rows. Then nothing of a wrong file goes in."
          placeholder="10 %"
          suffix=" %"
          min={0}
          max={100}
          value={maxBad}
          onChange={setMaxBad}
          maw={320}
        />
        <Failure error={upload.error} />
        {busy && <UploadProgress upload={upload} size={file.size} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={leave} disabled={busy}>
            Choose another file
          </Button>
          <Button
            onClick={submit}
            loading={upload.state === 'sending'}
            disabled={mapping === undefined || busy}
          >
            Start import
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}

/** Who rows are about, and what is the same for all of them. */
function MappingRules({ draft, onChange }: { draft: Draft; onChange: (draft: Draft) => void }) {
  const attributes = attributesOf(draft);
  const known = draft.identity !== null && attributes.includes(draft.identity);
  return (
    <Group align="flex-start">
      <Select
        label="Who a row is about is said by"
        description="The same person twice is one person."
        placeholder="Choose a column"
        value={known ? draft.identity : null}
        allowDeselect={false}
        onChange={(identity) => onChange({ ...draft, identity })}
        data={attributes}
        error={known ? undefined : 'Choose the attribute people are known by.'}
        w={320}
      />
      {hasPhones(draft) && (
        <TextInput
          label="Country of phone numbers"
          description={`For those without a country code: ${countryName(draft.country) ?? 'two letters, like DE'}`}
          value={draft.country}
          maxLength={2}
          onChange={(event) => onChange({ ...draft, country: event.currentTarget.value.toUpperCase() })}
          w={320}
        />
      )}
    </Group>
  );
}

const names = new Intl.DisplayNames(undefined, { type: 'region', fallback: 'none' });
const countryName = (code: string) => (/^[A-Z]{2}$/.test(code) ? names.of(code) : undefined);

function Lines({ lines }: { lines: string[] }) {
  return (
    <>
      <Text size="sm">Each line is taken as it is. These are the first:</Text>
      <Code block style={{ overflowX: 'auto' }}>
        {lines.join('\n')}
      </Code>
    </>
  );
}
