import { Autocomplete, Button, Group, Text } from '@mantine/core';
import { EventCount } from './EventCount.tsx';
import { EventTotal } from './EventTotal.tsx';
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
  const filtered = where.length > 0 || rule.total !== undefined;
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
      <div className={filtered ? classes.where : undefined}>
        {where.map((one, at) => (
          <PropertyCondition
            // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place, and shows only its value
            key={at}
            rule={one}
            event={rule.event}
            properties={event?.properties ?? []}
            onChange={(next) => filter(where.map((old, index) => (index === at ? next : old)))}
            onRemove={() => filter(where.filter((_, index) => index !== at))}
          />
        ))}
        {rule.total && (
          <EventTotal
            total={rule.total}
            properties={event?.properties ?? []}
            onChange={(total) => onChange({ ...rule, total })}
            onRemove={() => {
              const { total: _, ...rest } = rule;
              onChange(rest);
            }}
          />
        )}
        <Group gap={4} mt={filtered ? 0 : 6}>
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => filter([...where, { property: '', operator: 'equals', value: '' }])}
          >
            Where a property…
          </Button>
          {!rule.total && (
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() =>
                onChange({
                  ...rule,
                  total: { property: sumOf(event?.properties), operator: 'at_least', value: 1 },
                })
              }
            >
              In total…
            </Button>
          )}
        </Group>
      </div>
    </>
  );
}

/** What one would add up first. */
const sumOf = (properties: string[] = []) =>
  ['revenue', 'total', 'price', 'quantity'].find((name) => properties.includes(name)) ?? '';
