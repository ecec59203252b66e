import { ActionIcon, Group, Tooltip } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconArrowBackUp, IconArrowForwardUp } from '@tabler/icons-react';

interface Props {
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
}

/** One step back, one step on; by the keyboard too, where no field takes the keys itself. */
export function UndoButtons({ undo, redo }: Props) {
  useHotkeys([
    ['mod+Z', () => undo?.()],
    ['mod+shift+Z', () => redo?.()],
    ['mod+Y', () => redo?.()],
  ]);
  return (
    <Group gap={4}>
      <Tooltip label="Undo">
        <ActionIcon variant="default" aria-label="Undo" disabled={!undo} onClick={undo}>
          <IconArrowBackUp size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Redo">
        <ActionIcon variant="default" aria-label="Redo" disabled={!redo} onClick={redo}>
          <IconArrowForwardUp size={16} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
