import { ActionIcon, Autocomplete, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { ComparisonFields } from './ComparisonFields.tsx';
import { useFrequentValues } from './queries.ts';
import classes from './Rule.module.css';
import type { PropertyRule } from './rule.ts';

interface Props {
  rule: PropertyRule;
  event: string;
  /** Names of properties the event has had. */
  properties: string[];
  onChange: (rule: PropertyRule) => void;
  onRemove: () => void;
}

/** "where revenue is more than 20" */
export function PropertyCondition({ rule, event, properties, onChange, onRemove }: Props) {
  const source = { event, property: rule.property };
  const kind = useFrequentValues(source, '').data?.kind ?? undefined;
  return (
    <div className={classes.row}>
      <Text size="sm">where</Text>
      <Autocomplete
        size="xs"
        w={150}
        aria-label="Property"
        placeholder="Property"
        value={rule.property}
        data={properties}
        onChange={(property) => onChange({ ...rule, property })}
      />
      <ComparisonFields
        subject={rule.property || 'property'}
        kind={kind}
        source={source}
        comparison={rule}
        onChange={(next) => onChange({ property: rule.property, ...next } as PropertyRule)}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label="Remove property filter"
        onClick={onRemove}
      >
        <IconX size={14} />
      </ActionIcon>
    </div>
  );
}
