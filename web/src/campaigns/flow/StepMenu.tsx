import { ActionIcon, Menu } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconCopy, IconDots, IconTrash } from '@tabler/icons-react';

/** What can be done with a step where it stands; moving only where there is a place to go. */
export interface StepEdits {
  up: (() => void) | undefined;
  down: (() => void) | undefined;
  duplicate: () => void;
  remove: () => void;
}

/** Moves, copies and removes a step. */
export function StepMenu({ name, edits }: { name: string; edits: StepEdits }) {
  return (
    <Menu position="bottom-end" width={210}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More for ${name}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconArrowUp size={15} />}
          rightSection="Alt ↑"
          disabled={!edits.up}
          onClick={edits.up}
        >
          Move up
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowDown size={15} />}
          rightSection="Alt ↓"
          disabled={!edits.down}
          onClick={edits.down}
        >
          Move down
        </Menu.Item>
        <Menu.Item leftSection={<IconCopy size={15} />} onClick={edits.duplicate}>
          Duplicate
        </Menu.Item>
        <Menu.Item
          leftSection={<IconTrash size={15} />}
          rightSection="Del"
          color="var(--danger)"
          onClick={edits.remove}
        >
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
