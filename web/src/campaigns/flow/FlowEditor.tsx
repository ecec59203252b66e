import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { copied, newStep } from '../draft.ts';
import type { Definition, Step } from '../queries.ts';
import { StepDrawer } from '../steps/StepDrawer.tsx';
import { AddStep } from './AddStep.tsx';
import { Ends } from './Ends.tsx';
import { Flow } from './Flow.tsx';
import { StepCard } from './StepCard.tsx';
import { stepOfError } from './stepErrors.ts';
import { stepName } from './stepText.ts';
import { besides, everyStep, fieldOf, inserted, moved, type Path, removed, replaced } from './tree.ts';
import { WayName } from './WayName.tsx';

interface Props {
  definition: Definition;
  /** `apart`: a step of its own for undo, not one with what came right before. */
  onChange: (definition: Definition, apart?: boolean) => void;
  undo: () => void;
  error: unknown;
  /** The definition the error is about. */
  refused: Definition | undefined;
  /** How often it was gone back or on. */
  jumps: number;
  /** The step whose editor is open. */
  opened: string | undefined;
  onOpen: (step: string | undefined) => void;
}

/** Offers to take the last change back, and so is over with the next one. */
export const removedNotice = 'step-removed';

/** The steps as a picture that can be changed. */
export function FlowEditor({ definition, onChange, undo, error, refused, jumps, opened, onOpen }: Props) {
  const { steps } = definition;
  const wrong = refused && stepOfError(error, refused.steps);
  const open = [...everyStep(steps)].find(({ step }) => step.id === opened);
  // Where the step stood when the server spoke of it; it may have been moved since.
  const place = [...everyStep(refused?.steps ?? [])].find(({ step }) => step.id === opened);
  const remove = (step: Step, path: Path) => {
    onChange(removed(definition, path), true);
    if (opened === step.id) onOpen(undefined);
    notifications.show({
      id: removedNotice,
      color: 'gray',
      message: (
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm">{stepName(step)} is removed.</Text>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              undo();
              notifications.hide(removedNotice);
            }}
          >
            Take it back
          </Button>
        </Group>
      ),
    });
  };
  const card = (step: Step, path: Path) => {
    const index = Number(path.at(-1));
    const shift = (by: 1 | -1) => () => onChange(moved(definition, path, by), true);
    return (
      <StepCard
        step={step}
        wrong={wrong?.id === step.id ? wrong.said : undefined}
        opened={opened === step.id}
        onOpen={() => onOpen(step.id)}
        edits={{
          up: index > 0 ? shift(-1) : undefined,
          down: index < besides(definition, path) - 1 ? shift(1) : undefined,
          duplicate: () => onChange(inserted(definition, path.slice(0, -1), index + 1, copied(step)), true),
          remove: () => remove(step, path),
        }}
      />
    );
  };
  return (
    <>
      <Ends definition={definition}>
        <Flow
          steps={steps}
          card={card}
          between={(list, index, beside, label) => (
            <AddStep
              where={whereOf(beside[index - 1], label)}
              onAdd={(type) => {
                const step = newStep(type);
                onChange(inserted(definition, list, index, step), true);
                onOpen(step.id);
              }}
            />
          )}
          way={(step, index, label) => <WayName step={step} index={index} label={label} />}
        />
      </Ends>
      {open && (
        <StepDrawer
          // It keeps what is being typed, but follows a step back.
          key={`${open.step.id} ${jumps}`}
          step={open.step}
          field={fieldOf((place ?? open).path)}
          error={place && error}
          wrong={wrong?.id === open.step.id ? wrong.said : undefined}
          onChange={(step) => onChange(replaced(definition, open.path, step))}
          onClose={() => onOpen(undefined)}
        />
      )}
    </>
  );
}

/** Where a new step will stand, in words. */
function whereOf(before: Step | undefined, way: string | undefined): string {
  if (before) return `after ${stepName(before)}`;
  return way === undefined ? 'at the beginning' : `to “${way}”`;
}
