import { Select, Text } from '@mantine/core';
import { useBelongings } from './belongings.ts';
import classes from './Rule.module.css';
import type { Belonging, Rule } from './rule.ts';

interface Props {
  kind: Belonging;
  id: string;
  negated: boolean;
  onChange: (rule: Rule) => void;
}

const words: Record<Belonging, { is: string; not: string; label: string }> = {
  segment: { is: 'is in the segment', not: 'is not in the segment', label: 'Segment' },
  program: { is: 'belongs to the program', not: 'does not belong to the program', label: 'Program' },
  location: { is: 'belongs to the location', not: 'does not belong to the location', label: 'Location' },
  connection: { is: 'is on the list of', not: 'is not on the list of', label: 'Connection' },
};

/** "is in the segment Good customers", "belongs to the location Chicago Loop" */
export function BelongingCondition({ kind, id, negated, onChange }: Props) {
  const { choicesOf, error } = useBelongings(new Set([kind]));
  const { is, not, label } = words[kind];
  return (
    <div className={classes.row}>
      <Text size="sm">{negated ? not : is}</Text>
      <Select
        size="xs"
        w={220}
        aria-label={label}
        placeholder={label}
        searchable
        allowDeselect={false}
        nothingFoundMessage={`No ${kind} of that name`}
        value={id || null}
        data={choicesOf(kind)}
        error={error ? error.message : undefined}
        onChange={(next) => onChange({ [kind]: next ?? '' } as unknown as Rule)}
      />
    </div>
  );
}
