import { Text, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import type { NameOf } from './belongings.ts';
import classes from './Explain.module.css';
import { type Explained, foundText, groupText, partAt } from './explain.ts';
import type { Rule } from './rule.ts';
import { ruleText } from './ruleText.ts';

interface Props {
  node: Explained;
  /** The whole rule; a node names its place in it. */
  rule: Rule;
  nameOf: NameOf;
}

/** The rule as a tree: each part with whether it holds, and what was found. */
export function ExplainTree({ node, rule, nameOf }: Props) {
  return (
    <ul className={classes.tree}>
      <Part node={node} rule={rule} nameOf={nameOf} />
    </ul>
  );
}

function Part({ node, rule, nameOf }: Props) {
  const part = partAt(rule, node.path);
  // "None of these" is a group inside a `not`: one line, and what is in the group below it.
  const folded = node.kind === 'not' && part && groupText(part) ? node.children?.[0] : undefined;
  // The opposite of one condition is one line too, with what was found of the condition.
  const leaf = node.kind === 'not' && !folded ? node.children?.[0] : undefined;
  const children = folded ? folded.children : leaf ? leaf.children : node.children;
  const text = part && (groupText(part) ?? ruleText(part, nameOf));
  const about = leaf ?? node;
  const condition = partAt(rule, about.path);
  // What a condition needs says nothing of what its opposite needs.
  const found = condition && foundText(leaf ? withoutNeeds(condition) : condition, about.found);
  return (
    <li data-testid="explain-part" data-holds={node.holds}>
      <div className={classes.line}>
        {node.holds ? (
          <IconCheck size={18} className={classes.yes} aria-hidden />
        ) : (
          <IconX size={18} className={classes.no} aria-hidden />
        )}
        <div>
          <Text size="sm" component="span">
            {text ?? 'A condition that is no longer in the rule'}
            <VisuallyHidden>{node.holds ? ': holds' : ': does not hold'}</VisuallyHidden>
          </Text>
          {found && (
            <Text size="xs" c="dimmed">
              {found}
            </Text>
          )}
        </div>
      </div>
      {children && children.length > 0 && (
        <ul className={classes.tree}>
          {children.map((child) => (
            <Part key={child.path} node={child} rule={rule} nameOf={nameOf} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** The same condition for its number alone. */
const withoutNeeds = (rule: Rule): Rule =>
  'event' in rule ? { event: rule.event, count: { at_least: 0 } } : rule;
