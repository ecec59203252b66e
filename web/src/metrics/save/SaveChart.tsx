import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconLayoutGridAdd } from '@tabler/icons-react';
import type { Question } from '../queries.ts';
import { SaveChartForm } from './SaveChartForm.tsx';

interface Props {
  question: Question;
  /** A name to begin with. */
  name: string;
  disabled?: boolean;
}

/** Keeps a question as a chart, on a dashboard if wanted. */
export function SaveChart({ question, name, disabled }: Props) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconLayoutGridAdd size={14} />}
        onClick={open}
        disabled={disabled}
        aria-label={`Save “${name}” as a chart`}
      >
        Save
      </Button>
      <SaveChartForm opened={opened} onClose={close} question={question} name={name} />
    </>
  );
}
