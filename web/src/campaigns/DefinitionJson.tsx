import { Anchor, Text, Textarea } from '@mantine/core';
import { useRef, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { placeOf } from '../segments/jsonPlace.ts';
import { asDefinition } from './draft.ts';
import type { Definition } from './queries.ts';

interface Props {
  definition: Definition;
  onChange: (definition: Definition) => void;
  /** What the server said when it was saved. */
  error: unknown;
}

function read(text: string): { definition: Definition } | { wrong: string } {
  try {
    const definition = asDefinition(JSON.parse(text));
    return definition ? { definition } : { wrong: 'This is no definition of a campaign: see its schema.' };
  } catch (problem) {
    return { wrong: problem instanceof Error ? problem.message : String(problem) };
  }
}

/** The same campaign as the API takes it. What cannot be drawn is kept here until it can. */
export function DefinitionJson({ definition, onChange, error }: Props) {
  const [text, setText] = useState(() => JSON.stringify(definition, null, 2));
  const field = useRef<HTMLTextAreaElement>(null);
  const now = read(text);
  const said =
    error instanceof ApiError && error.field?.startsWith('definition') && error.field ? error : undefined;
  const place = said?.field && !('wrong' in now) ? placeOf(text, said.field) : undefined;
  const write = (next: string) => {
    setText(next);
    const written = read(next);
    if ('definition' in written) onChange(written.definition);
  };
  const show = () => {
    if (!place) return;
    field.current?.focus();
    field.current?.setSelectionRange(place.start, place.end);
  };
  return (
    <>
      <Textarea
        ref={field}
        label="Definition as JSON"
        description={
          <>
            As the API takes it; checked when you save.{' '}
            <Anchor href="/api/campaigns/definition.schema.json" target="_blank" fz="inherit">
              Its JSON Schema
            </Anchor>
          </>
        }
        autosize
        minRows={16}
        maxRows={40}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        value={text}
        onChange={(event) => write(event.currentTarget.value)}
        error={'wrong' in now ? now.wrong : said?.message}
        errorProps={{ role: 'alert' }}
      />
      {place && (
        <Text size="xs" mt={4}>
          <Anchor component="button" type="button" fz="inherit" onClick={show}>
            Line {place.line}: {said?.field}
          </Anchor>
        </Text>
      )}
    </>
  );
}
