import { Select, Text } from '@mantine/core';
import classes from './Rule.module.css';
import { useRuleContext } from './RuleContext.ts';
import type { Rule, SegmentRule } from './rule.ts';

interface Props {
  rule: SegmentRule;
  onChange: (rule: Rule) => void;
}

/** "is in Good customers" */
export function SegmentCondition({ rule, onChange }: Props) {
  const { segments } = useRuleContext();
  return (
    <div className={classes.row}>
      <Text size="sm">is in the segment</Text>
      <Select
        size="xs"
        w={220}
        aria-label="Segment"
        placeholder="Segment"
        searchable
        allowDeselect={false}
        value={rule.segment || null}
        data={segments.map((one) => ({ value: one.id, label: one.name }))}
        onChange={(segment) => onChange({ segment: segment ?? '' })}
      />
    </div>
  );
}
