import { ActionIcon, Button, Group, Popover, UnstyledButton } from '@mantine/core';
import { IconFilterPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { Scope } from '../queries.ts';
import type { Filter } from '../question.ts';
import classes from './FilterBar.module.css';
import { FilterForm } from './FilterForm.tsx';
import { filterText } from './filters.ts';

interface Props {
  filters: Filter[];
  scope: Scope;
  change: (filters: Filter[]) => void;
  /** What the filters are about, for those who do not see where they stand. */
  label?: string;
  verb?: string;
}

/** The filters in force, each to be changed or taken away, and a button for another. */
export function FilterBar({ filters, scope, change, label = 'Filters', verb = 'Filter' }: Props) {
  const replaced = (at: number, filter: Filter) => filters.map((one, n) => (n === at ? filter : one));
  return (
    <Group gap={6} role="group" aria-label={label}>
      {filters.map((filter, at) => (
        <FilterChip
          key={JSON.stringify(filter)}
          filter={filter}
          scope={scope}
          change={(next) => change(replaced(at, next))}
          remove={() => change(filters.filter((_, n) => n !== at))}
        />
      ))}
      <AddFilter scope={scope} add={(filter) => change([...filters, filter])} verb={verb} />
      {filters.length > 1 && (
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => change([])}>
          Clear all
        </Button>
      )}
    </Group>
  );
}

interface ChipProps {
  filter: Filter;
  scope: Scope;
  change: (filter: Filter) => void;
  remove: () => void;
}

function FilterChip({ filter, scope, change, remove }: ChipProps) {
  const [opened, setOpened] = useState(false);
  const text = filterText(filter);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus withinPortal>
      <Popover.Target>
        <span className={classes.chip} data-testid="filter-chip">
          <UnstyledButton
            className={classes.text}
            aria-label={`Change filter: ${text}`}
            aria-expanded={opened}
            onClick={() => setOpened((open) => !open)}
          >
            {text}
          </UnstyledButton>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={`Remove filter: ${text}`}
            onClick={remove}
          >
            <IconX size={14} />
          </ActionIcon>
        </span>
      </Popover.Target>
      <Popover.Dropdown>
        <FilterForm
          initial={filter}
          scope={scope}
          done={(next) => {
            setOpened(false);
            change(next);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

function AddFilter({ scope, add, verb }: { scope: Scope; add: (filter: Filter) => void; verb: string }) {
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus withinPortal>
      <Popover.Target>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconFilterPlus size={14} />}
          aria-expanded={opened}
          onClick={() => setOpened((open) => !open)}
        >
          {verb}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <FilterForm
          scope={scope}
          done={(filter) => {
            setOpened(false);
            add(filter);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
