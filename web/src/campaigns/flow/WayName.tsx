import { useBelongings } from '../../segments/belongings.ts';
import { belongingsIn, type Rule } from '../../segments/rule.ts';
import { ruleText } from '../../segments/ruleText.ts';
import type { Step } from '../queries.ts';
import { shares } from './stepText.ts';

const longest = 90;

/** What stands above a way: its name, else its rule; of a split its part. */
export function WayName({ step, index, label }: { step: Step; index: number; label: string }) {
  if (step.type === 'split') {
    const share = shares(step.ways.map(({ weight }) => weight))[index];
    return (
      <>
        {label} · {share}
      </>
    );
  }
  const branch = step.type === 'branch' ? step.branches[index] : undefined;
  return branch && !branch.name ? <RuleName rule={branch.rule as unknown as Rule} /> : label;
}

function RuleName({ rule }: { rule: Rule }) {
  const { nameOf } = useBelongings(belongingsIn([rule]));
  const text = ruleText(rule, nameOf);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
