import { ActionIcon, Menu, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import type { StepType } from '../queries.ts';
import { kinds, stepTypes } from './kinds.ts';
import { StepSign } from './StepSign.tsx';

interface Props {
  /** Where the step will stand: "after Email “Hello”". */
  where: string;
  onAdd: (type: StepType) => void;
}

/** The button between two steps: what can be put there. */
export function AddStep({ where, onAdd }: Props) {
  return (
    <Menu position="bottom" width={310} shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="default"
          radius="xl"
          size={26}
          aria-label={`Add a step ${where}`}
          data-testid="add-step"
        >
          <IconPlus size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah="min(70dvh, 520px)" style={{ overflowY: 'auto' }}>
        {stepTypes.map((type) => (
          <Menu.Item key={type} leftSection={<StepSign type={type} />} onClick={() => onAdd(type)}>
            <Text size="sm" fw={600} lh={1.25}>
              {kinds[type].label}
            </Text>
            <Text size="xs" c="dimmed" lh={1.3}>
              {kinds[type].about}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
