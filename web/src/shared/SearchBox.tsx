import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';

interface Props {
  label: string;
  placeholder: string;
  value: string | undefined;
  /** Called 250 ms after the last key. */
  onChange: (value: string | undefined) => void;
}

/** A search that asks when the typing pauses, and follows the address when that changes. */
export function SearchBox({ label, placeholder, value, onChange }: Props) {
  const [typed, setTyped] = useState(value ?? '');
  const last = useRef(value ?? '');
  const tell = useDebouncedCallback((text: string) => {
    last.current = text;
    onChange(text || undefined);
  }, 250);
  useEffect(() => {
    // Only a change that did not come from here: back, forward, or a link.
    if ((value ?? '') !== last.current) {
      last.current = value ?? '';
      setTyped(value ?? '');
    }
  }, [value]);
  const write = (text: string) => {
    setTyped(text);
    tell(text.trim());
  };
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={16} />}
      rightSection={typed && <CloseButton size="sm" aria-label="Clear search" onClick={() => write('')} />}
      value={typed}
      onChange={(event) => write(event.currentTarget.value)}
      maw={380}
      w="100%"
    />
  );
}
