import { Anchor, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useRef, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { placeOf } from './jsonPlace.ts';
import { useRuleCheck } from './queries.ts';
import { complaint } from './RuleContext.ts';
import { isDrawable, type Rule } from './rule.ts';

interface Props {
  rule: Rule;
  onChange: (rule: Rule) => void;
  /** What the server said when it was saved. */
  error: unknown;
}

type Read = { rule: unknown } | { wrong: string };

function read(text: string): Read {
  try {
    return { rule: JSON.parse(text) };
  } catch (problem) {
    return { wrong: problem instanceof Error ? problem.message : String(problem) };
  }
}

/**
 * The same rule as the API takes it. What is not JSON, or no rule the builder could show, is kept here until it is; what
 * is wrong with it the server says, at the place it is about.
 */
export function RuleJson({ rule, onChange, error }: Props) {
  const [text, setText] = useState(() => JSON.stringify(rule, null, 2));
  const field = useRef<HTMLTextAreaElement>(null);
  const [settled] = useDebouncedValue(text, 300);
  const now = read(settled);
  const check = useRuleCheck('rule' in now ? now.rule : undefined);
  const write = (next: string) => {
    setText(next);
    const written = read(next);
    if ('rule' in written && isDrawable(written.rule)) onChange(written.rule);
  };
  const said = [check.error, error].find(
    (one): one is ApiError => one instanceof ApiError && one.field !== undefined,
  );
  const place = said?.field && text === settled ? placeOf(text, said.field) : undefined;
  const unshown =
    'rule' in now && check.data && !isDrawable(now.rule)
      ? 'The builder has no form for it: write the conditions it means.'
      : undefined;
  const show = () => {
    if (!place) return;
    field.current?.focus();
    field.current?.setSelectionRange(place.start, place.end);
  };
  return (
    <>
      <Textarea
        ref={field}
        label="Rule as JSON"
        description={
          <>
            As the API takes it.{' '}
            <Anchor href="/api/segments/rule.schema.json" target="_blank" fz="inherit">
              Its JSON Schema
            </Anchor>
          </>
        }
        autosize
        minRows={12}
        maxRows={30}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        value={text}
        onChange={(event) => write(event.currentTarget.value)}
        error={'wrong' in now ? now.wrong : said ? complaint(said) : unshown}
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
