import { Textarea } from '@mantine/core';
import { useState } from 'react';
import { isDrawable, type Rule } from './rule.ts';

interface Props {
  rule: Rule;
  onChange: (rule: Rule) => void;
}

/** The same rule as the API takes it. What is not JSON is kept here until it is. */
export function RuleJson({ rule, onChange }: Props) {
  const [text, setText] = useState(() => JSON.stringify(rule, null, 2));
  const [error, setError] = useState<string>();
  const write = (next: string) => {
    setText(next);
    try {
      const parsed: unknown = JSON.parse(next);
      if (!isDrawable(parsed)) {
        setError('A rule has one of all, any, not, attribute with operator and value, event, or segment.');
        return;
      }
      setError(undefined);
      onChange(parsed);
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    }
  };
  return (
    <Textarea
      label="Rule as JSON"
      description="all, any, not; attribute, event or segment conditions"
      autosize
      minRows={12}
      maxRows={30}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
      value={text}
      onChange={(event) => write(event.currentTarget.value)}
      error={error}
    />
  );
}
