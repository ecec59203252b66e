import { Autocomplete, Button, Text } from '@mantine/core';
import { EventCount } from './EventCount.tsx';
import { EventWindow } from './EventWindow.tsx';
import { PropertyCondition } from './PropertyCondition.tsx';
import classes from './Rule.module.css';
import { useRuleContext } from './RuleContext.ts';
import type { EventRule, PropertyRule, Rule } from './rule.ts';

interface Props {
  rule: EventRule;
  onChange: (rule: Rule) => void;
}

/** "did Order Completed at least 2 times in the last 90 days where revenue is more than 20" */
export function EventCondition({ rule, onChange }: Props) {
  const { suggestions } = useRuleContext();
  const event = suggestions?.events.find((one) => one.name === rule.event);
  const where = rule.where ?? [];
  const filter = (next: PropertyRule[]) => {
    const { where: _, ...rest } = rule;
    onChange(next.length === 0 ? rest : { ...rest, where: next });
  };
  return (
    <>
      <div className={classes.row}>
        <Text size="sm">did</Text>
        <Autocomplete
          size="xs"
          w={190}
          aria-label="Event"
          placeholder="Event"
          value={rule.event}
          onChange={(name) => onChange({ ...rule, event: name })}
          data={suggestions?.events.map((one) => one.name) ?? []}
        />
        <EventCount rule={rule} onChange={onChange} />
        <EventWindow rule={rule} onChange={onChange} />
      </div>
      <div className={where.length > 0 ? classes.where : undefined}>
        {where.map((one, at) => (
          <PropertyCondition
            // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place, and shows only its value
            key={at}
            rule={one}
            properties={event?.properties ?? []}
            onChange={(next) => filter(where.map((old, index) => (index === at ? next : old)))}
            onRemove={() => filter(where.filter((_, index) => index !== at))}
          />
        ))}
        <Button
          size="compact-xs"
          variant="subtle"
          mt={where.length > 0 ? 0 : 6}
          style={{ alignSelf: 'flex-start' }}
          onClick={() => filter([...where, { property: '', operator: 'equals', value: '' }])}
        >
          Only where a property…
        </Button>
      </div>
    </>
  );
}
