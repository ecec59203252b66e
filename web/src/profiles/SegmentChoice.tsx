import { Select } from '@mantine/core';
import { useSegments } from '../segments/queries.ts';

interface Props {
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}

/** Narrows the list to the members of a segment. Nothing while there is no segment. */
export function SegmentChoice({ value, onChange }: Props) {
  const segments = useSegments().data?.items ?? [];
  if (segments.length === 0) return null;
  return (
    <Select
      aria-label="Segment"
      placeholder="Any segment"
      data={segments.map(({ id, name }) => ({ value: id, label: name }))}
      searchable
      clearable
      value={value ?? null}
      onChange={(id) => onChange(id ?? undefined)}
      nothingFoundMessage="No such segment"
      maw={260}
      w="100%"
    />
  );
}
