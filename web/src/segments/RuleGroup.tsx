import { ActionIcon, Button, Group, Menu, Select, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { Condition } from './Condition.tsx';
import classes from './Rule.module.css';
import { asGroup, fresh, itemsPath, type Quantifier, type Rule, toGroup } from './rule.ts';

interface Props {
  rule: Rule;
  /** As the server names this place in its errors. */
  path: string;
  depth: number;
  onChange: (rule: Rule) => void;
  onRemove?: () => void;
}

const quantifiers: { value: Quantifier; label: string }[] = [
  { value: 'all', label: 'all' },
  { value: 'any', label: 'any' },
  { value: 'none', label: 'none' },
  { value: 'not all', label: 'not all' },
];
const joints: Record<Quantifier, string> = { all: 'and', any: 'or', none: 'nor', 'not all': 'and' };

/** "People for whom all of these hold", with the conditions and groups inside. */
export function RuleGroup({ rule, path, depth, onChange, onRemove }: Props) {
  const group = asGroup(rule);
  if (!group) return null;
  const { quantifier, items } = group;
  const change = (next: Rule[]) => onChange(toGroup(quantifier, next));
  const add = (item: Rule) => change([...items, item]);
  return (
    <fieldset className={depth === 0 ? classes.root : classes.group}>
      <legend className={classes.legend}>{depth === 0 ? 'Rule' : 'Group of conditions'}</legend>
      <Group gap="xs" justify="space-between" align="flex-start" wrap="nowrap">
        <Group gap="xs" miw={0}>
          <Text size="sm">{depth === 0 ? 'People for whom' : 'where'}</Text>
          <Select
            size="xs"
            w={92}
            aria-label="How many of the conditions must hold"
            value={quantifier}
            allowDeselect={false}
            data={quantifiers}
            onChange={(next) => onChange(toGroup(next as Quantifier, items))}
          />
          <Text size="sm">of these hold:</Text>
        </Group>
        {onRemove && (
          <ActionIcon variant="subtle" color="gray" aria-label="Remove group" onClick={onRemove}>
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </Group>
      <ul className={classes.items}>
        {items.map((item, at) => {
          const replace = (next: Rule) => change(items.map((one, index) => (index === at ? next : one)));
          const remove = () => change(items.filter((_, index) => index !== at));
          const where = `${itemsPath(path, quantifier)}[${at}]`;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place, and shows only its value
            <li key={at} className={classes.item}>
              {at > 0 && <span className={classes.joint}>{joints[quantifier]}</span>}
              {asGroup(item) ? (
                <RuleGroup rule={item} path={where} depth={depth + 1} onChange={replace} onRemove={remove} />
              ) : (
                <Condition rule={item} path={where} onChange={replace} onRemove={remove} />
              )}
            </li>
          );
        })}
      </ul>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="xs" variant="default" leftSection={<IconPlus size={14} />}>
            Add condition
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => add(fresh.attribute())}>Attribute: who they are</Menu.Item>
          <Menu.Item onClick={() => add(fresh.event())}>Event: what they did</Menu.Item>
          <Menu.Label>Where they belong</Menu.Label>
          <Menu.Item onClick={() => add(fresh.belonging('segment'))}>Segment</Menu.Item>
          <Menu.Item onClick={() => add(fresh.belonging('program'))}>Loyalty program</Menu.Item>
          <Menu.Item onClick={() => add(fresh.belonging('location'))}>Location</Menu.Item>
          <Menu.Item onClick={() => add(fresh.belonging('connection'))}>List of a connection</Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={() => add(fresh.group())}>Group of conditions</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </fieldset>
  );
}
