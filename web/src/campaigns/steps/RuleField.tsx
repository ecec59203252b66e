import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { ApiError } from '../../api/client.ts';
import { useCount, useSuggestions } from '../../segments/queries.ts';
import { RuleContext } from '../../segments/RuleContext.ts';
import { RuleGroup } from '../../segments/RuleGroup.tsx';
import { asGroup, isFinished, type Rule } from '../../segments/rule.ts';
import { plainField } from '../../shared/fieldError.ts';
import { count } from '../../shared/format.ts';

interface Props {
  rule: Record<string, unknown>;
  /** The rule as the server names it in its errors. */
  field: string;
  error: unknown;
  onChange: (rule: Record<string, unknown>) => void;
}

/** A segment rule inside a campaign, with how many people satisfy it now. */
export function RuleField({ rule: given, field, error, onChange }: Props) {
  const rule = given as unknown as Rule;
  const grouped = asGroup(rule) ? rule : ({ all: [rule] } satisfies Rule);
  const [counted] = useDebouncedValue(grouped, 300);
  const people = useCount(counted);
  const suggestions = useSuggestions().data;
  const finished = isFinished(grouped);
  const said = finished ? (within(error, field) ?? people.error ?? undefined) : undefined;
  return (
    <RuleContext value={{ suggestions, error: said }}>
      <RuleGroup
        rule={grouped}
        path="rule"
        depth={0}
        onChange={(next) => onChange(next as unknown as Record<string, unknown>)}
      />
      <Text size="xs" c="dimmed" mt={8} role="status">
        {finished && people.data
          ? `${count(people.data.count, 'person is', 'people are')} like that now`
          : ''}
      </Text>
    </RuleContext>
  );
}

/** The server's complaint about something inside the rule, as the builder of rules names its places. */
function within(error: unknown, field: string): ApiError | undefined {
  if (!(error instanceof ApiError) || error.field === undefined) return undefined;
  const [said, place] = [plainField(error.field), plainField(field)];
  if (said !== place && !said.startsWith(`${place}.`)) return undefined;
  const inside = said.slice(place.length).replaceAll(/\.(\d+)/g, '[$1]');
  const { status, code, message, hint } = error;
  const own = message.startsWith(`${error.field}: `) ? message.slice(error.field.length + 2) : message;
  return new ApiError(status, { code, message: own, field: `rule${inside}`, ...(hint && { hint }) });
}
