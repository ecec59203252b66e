import { Autocomplete } from '@mantine/core';
import { ComparisonFields } from './ComparisonFields.tsx';
import { firstOperator, withOperator } from './operators.ts';
import classes from './Rule.module.css';
import { useAttributeKind, useRuleContext } from './RuleContext.ts';
import type { AttributeRule, Rule } from './rule.ts';

interface Props {
  rule: AttributeRule;
  onChange: (rule: Rule) => void;
}

/** "lifetime_value is more than 50" */
export function AttributeCondition({ rule, onChange }: Props) {
  const { suggestions } = useRuleContext();
  const kind = useAttributeKind(rule.attribute);
  const choose = (attribute: string) => {
    const next = suggestions?.attributes.find((one) => one.name === attribute);
    // An attribute of another kind needs another operator; the same kind keeps what was chosen.
    const keeps = !next || next.kind === kind || (rule.value !== '' && rule.value !== undefined);
    const comparison = keeps ? rule : withOperator(rule, firstOperator(next.kind));
    onChange({ ...comparison, attribute } as AttributeRule);
  };
  return (
    <div className={classes.row}>
      <Autocomplete
        size="xs"
        w={170}
        aria-label="Attribute"
        placeholder="Attribute"
        value={rule.attribute}
        onChange={choose}
        data={suggestions?.attributes.map((one) => one.name) ?? []}
        maxDropdownHeight={260}
      />
      <ComparisonFields
        subject={rule.attribute || 'attribute'}
        kind={kind}
        source={{ attribute: rule.attribute }}
        comparison={rule}
        onChange={(next) => onChange({ attribute: rule.attribute, ...next } as AttributeRule)}
      />
    </div>
  );
}
