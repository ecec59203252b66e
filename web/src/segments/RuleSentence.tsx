import { Text } from '@mantine/core';
import { useBelongings } from './belongings.ts';
import classes from './Rule.module.css';
import { belongingsIn, type Rule } from './rule.ts';
import { ruleText } from './ruleText.ts';

/** The whole rule as one sentence; what is still to be filled in stands as an ellipsis. */
export function RuleSentence({ rule }: { rule: Rule }) {
  const { nameOf } = useBelongings(belongingsIn([rule]));
  return (
    <Text className={classes.sentence} data-testid="rule-text">
      {ruleText(rule, nameOf)}.
    </Text>
  );
}
