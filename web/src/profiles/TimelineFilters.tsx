import { Button, Group, MultiSelect, Select, TextInput } from '@mantine/core';
import { SearchBox } from '../shared/SearchBox.tsx';
import classes from './PersonTimeline.module.css';
import { isFiltered, type TimelineSearch } from './timelineSearch.ts';

interface Props {
  /** Names of what the person did. */
  events: readonly string[];
  value: TimelineSearch;
  onChange: (value: TimelineSearch) => void;
}

const types = [
  { value: 'track', label: 'Actions' },
  { value: 'page', label: 'Page views' },
  { value: 'screen', label: 'Screens' },
];

/** What of the timeline is shown: which events, when, and what they say. */
export function TimelineFilters({ events, value, onChange }: Props) {
  const change = (part: TimelineSearch) => onChange({ ...value, ...part });
  const names = [...new Set([...events, ...(value.event ?? [])])];
  return (
    <div className={classes.filters}>
      <SearchBox
        label="Text in properties"
        placeholder="Text in properties"
        value={value.text}
        onChange={(text) => change({ text })}
      />
      <Select
        aria-label="Type of event"
        placeholder="Any type"
        data={types}
        clearable
        value={value.type ?? null}
        onChange={(type) => change({ type: (type as TimelineSearch['type']) ?? undefined })}
      />
      <MultiSelect
        aria-label="Events"
        placeholder={value.event ? undefined : 'Any event'}
        data={names}
        searchable
        clearable
        hidePickedOptions
        value={value.event ?? []}
        onChange={(event) => change({ event: event.length > 0 ? event : undefined })}
        nothingFoundMessage="No such event"
        className={classes.wide}
      />
      <TextInput
        type="date"
        label="From"
        value={value.from ?? ''}
        max={value.to}
        onChange={(input) => change({ from: input.currentTarget.value || undefined })}
      />
      <TextInput
        type="date"
        label="To"
        value={value.to ?? ''}
        min={value.from}
        onChange={(input) => change({ to: input.currentTarget.value || undefined })}
      />
      {isFiltered(value) && (
        <Group className={classes.wide}>
          <Button size="compact-xs" variant="subtle" onClick={() => onChange({})}>
            Clear filters
          </Button>
        </Group>
      )}
    </div>
  );
}
