import { ActionIcon, Button, Group, Popover, UnstyledButton } from '@mantine/core';
import { IconFilterPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { Filter } from '../question.ts';
import classes from './FilterBar.module.css';
import { FilterForm } from './FilterForm.tsx';
import { filterText } from './filters.ts';

interface Props {
  filters: Filter[];
  change: (filters: Filter[]) => void;
  /** What the filters are about, for those who do not see where they stand. */
  label?: string;
  verb?: string;
}

/** The filters in force, each to be changed or taken away, and a button for another. */
export function FilterBar({ filters, change, label = 'Filters', verb = 'Filter' }: Props) {
  const replaced = (at: number, filter: Filter) => filters.map((one, n) => (n === at ? filter : one));
  return (
    <Group gap={6} role="group" aria-label={label}>
      {filters.map((filter, at) => (
        <FilterChip
          key={JSON.stringify(filter)}
          filter={filter}
          change={(next) => change(replaced(at, next))}
          remove={() => change(filters.filter((_, n) => n !== at))}
        />
      ))}
      <AddFilter add={(filter) => change([...filters, filter])} verb={verb} />
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
  change: (filter: Filter) => void;
  remove: () => void;
}

function FilterChip({ filter, change, remove }: ChipProps) {
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
          done={(next) => {
            setOpened(false);
            change(next);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

function AddFilter({ add, verb }: { add: (filter: Filter) => void; verb: string }) {
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
          done={(filter) => {
            setOpened(false);
            add(filter);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
