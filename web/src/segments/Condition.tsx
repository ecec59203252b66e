import { ActionIcon, Button, Code, Group, Text, Tooltip } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { AttributeCondition } from './AttributeCondition.tsx';
import { BelongingCondition } from './BelongingCondition.tsx';
import { EventCondition } from './EventCondition.tsx';
import classes from './Rule.module.css';
import { useRuleError } from './RuleContext.ts';
import { belongingOf, type Rule } from './rule.ts';

interface Props {
  rule: Rule;
  path: string;
  onChange: (rule: Rule) => void;
  onRemove: () => void;
}

/** One condition, or its opposite. */
export function Condition({ rule, path, onChange, onRemove }: Props) {
  const error = useRuleError(path);
  const negated = 'not' in rule;
  const inner = negated ? rule.not : rule;
  const belonging = belongingOf(inner);
  const change = (next: Rule) => onChange(negated ? { not: next } : next);
  return (
    <div className={classes.condition}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
        <Group gap="xs" align="flex-start" flex={1} miw={0} wrap="nowrap">
          {negated && !belonging && (
            <Text size="sm" fw={600} lh="30px">
              not
            </Text>
          )}
          <div style={{ minWidth: 0, flex: 1 }}>
            {belonging ? (
              <BelongingCondition {...belonging} negated={negated} onChange={change} />
            ) : (
              <Editor rule={inner} onChange={change} />
            )}
          </div>
        </Group>
        <Group gap={2} wrap="nowrap">
          <Tooltip label={negated ? 'Take the “not” away' : 'Turn into its opposite'}>
            <Button
              size="compact-xs"
              variant={negated ? 'light' : 'default'}
              aria-pressed={negated}
              onClick={() => onChange(negated ? inner : { not: inner })}
            >
              not
            </Button>
          </Tooltip>
          <ActionIcon variant="subtle" color="gray" aria-label="Remove condition" onClick={onRemove}>
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      </Group>
      {error && (
        <Text size="xs" c="var(--mantine-color-error)" mt={6} role="alert">
          {error}
        </Text>
      )}
    </div>
  );
}

function Editor({ rule, onChange }: { rule: Rule; onChange: (rule: Rule) => void }) {
  if ('attribute' in rule) return <AttributeCondition rule={rule} onChange={onChange} />;
  if ('event' in rule) return <EventCondition rule={rule} onChange={onChange} />;
  return (
    <Text size="sm">
      <Code>{JSON.stringify(rule)}</Code> can be changed in the JSON tab.
    </Text>
  );
}
