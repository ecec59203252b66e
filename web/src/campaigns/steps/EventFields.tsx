import { Autocomplete, Button, Input, Stack } from '@mantine/core';
import { PropertyCondition } from '../../segments/PropertyCondition.tsx';
import { useSuggestions } from '../../segments/queries.ts';
import type { PropertyRule } from '../../segments/rule.ts';

/** An event, and conditions of its properties. */
export interface EventShape {
  event: string;
  where?: Record<string, unknown>[] | undefined;
}

interface Props {
  label: string;
  description?: string;
  value: EventShape;
  error?: string | undefined;
  onChange: (value: EventShape) => void;
}

/** Chooses an event, and narrows it down by what its properties are. */
export function EventFields({ label, description, value: { event, where = [] }, error, onChange }: Props) {
  const suggestions = useSuggestions().data;
  const properties = suggestions?.events.find((one) => one.name === event)?.properties ?? [];
  const conditions = where as unknown as PropertyRule[];
  const filter = (next: PropertyRule[]) =>
    onChange({
      event,
      where: next.length === 0 ? undefined : (next as unknown as Record<string, unknown>[]),
    });
  return (
    <Input.Wrapper error={error} errorProps={{ role: 'alert' }}>
      <Stack gap="xs">
        <Autocomplete
          label={label}
          description={description}
          placeholder="Order Completed"
          required
          maw={420}
          value={event}
          data={suggestions?.events.map((one) => one.name) ?? []}
          onChange={(name) => onChange({ event: name, where: where.length === 0 ? undefined : where })}
        />
        {conditions.map((one, at) => (
          <PropertyCondition
            // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place, and shows only its value
            key={at}
            rule={one}
            event={event}
            properties={properties}
            onChange={(next) => filter(conditions.with(at, next))}
            onRemove={() => filter(conditions.toSpliced(at, 1))}
          />
        ))}
        <div>
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => filter([...conditions, { property: '', operator: 'equals', value: '' }])}
          >
            Where a property…
          </Button>
        </div>
      </Stack>
    </Input.Wrapper>
  );
}
