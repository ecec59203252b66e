import type { Definition, Step } from '../queries.ts';

/** Where something stands in a definition: `['steps', 1, 'branches', 0, 'steps', 0]`. */
export type Path = readonly (string | number)[];

/** The steps every flow begins with. */
export const root: Path = ['steps'];

/** One way on inside a step, with its own steps. */
interface Part {
  /** Inside the step. */
  at: Path;
  steps: Step[];
  label: string;
}

const letters = 'ABCDEFGHIJ';
/** A way of a split that has no name. */
export const wayName = (index: number) => `Way ${letters[index] ?? index + 1}`;

/** The lists of steps inside a step, in the order they are drawn. */
export function partsOf(step: Step): Part[] {
  switch (step.type) {
    case 'branch':
      return [
        ...step.branches.map(({ name, steps }, i) => ({
          at: ['branches', i, 'steps'],
          steps,
          label: name ?? `Rule ${i + 1}`,
        })),
        { at: ['otherwise'], steps: step.otherwise, label: 'Everybody else' },
      ];
    case 'split':
      return step.ways.map(({ name, steps }, i) => ({
        at: ['ways', i, 'steps'],
        steps,
        label: name ?? wayName(i),
      }));
    case 'wait_for':
      return [
        { at: ['steps'], steps: step.steps, label: 'It happened' },
        { at: ['otherwise'], steps: step.otherwise, label: 'It did not in time' },
      ];
    default:
      return [];
  }
}

/** Every step, also those inside others, in the order they are read, with its place. */
export function* everyStep(steps: readonly Step[], at: Path = root): Generator<{ step: Step; path: Path }> {
  for (const [i, step] of steps.entries()) {
    yield { step, path: [...at, i] };
    for (const part of partsOf(step)) yield* everyStep(part.steps, [...at, i, ...part.at]);
  }
}

/** Whether nobody gets past these steps. */
export const isDeadEnd = (steps: readonly Step[]): boolean =>
  steps.some((step) => {
    if (step.type === 'exit') return true;
    const parts = partsOf(step);
    return parts.length > 0 && parts.every((part) => isDeadEnd(part.steps));
  });

/** `definition.steps[1].branches[0].steps[0]`, as the server names it. */
export const fieldOf = (path: Path): string =>
  path.reduce<string>(
    (field, part) => (typeof part === 'number' ? `${field}[${part}]` : `${field}.${part}`),
    'definition',
  );

function changed<T>(value: T, [key, ...rest]: Path, change: (found: unknown) => unknown): T {
  if (key === undefined) return change(value) as T;
  const copy = (Array.isArray(value) ? value.slice() : { ...value }) as Record<string | number, unknown>;
  copy[key] = changed(copy[key], rest, change);
  return copy as T;
}

const changedList = (definition: Definition, list: Path, change: (steps: Step[]) => Step[]): Definition =>
  changed(definition, list, (found) => change((found as Step[]).slice()));

const placeOf = (path: Path) => ({ list: path.slice(0, -1), index: Number(path.at(-1)) });

export const inserted = (definition: Definition, list: Path, index: number, step: Step): Definition =>
  changedList(definition, list, (steps) => steps.toSpliced(index, 0, step));

export const replaced = (definition: Definition, path: Path, step: Step): Definition =>
  changed(definition, path, () => step);

export function removed(definition: Definition, path: Path): Definition {
  const { list, index } = placeOf(path);
  return changedList(definition, list, (steps) => steps.toSpliced(index, 1));
}

/** With the step one place up or down among those beside it. */
export function moved(definition: Definition, path: Path, by: 1 | -1): Definition {
  const { list, index } = placeOf(path);
  return changedList(definition, list, (steps) => {
    const [step] = steps.splice(index, 1);
    return step ? steps.toSpliced(index + by, 0, step) : steps;
  });
}

/** How many steps stand beside this one, itself included. */
export function besides({ steps }: Definition, path: Path): number {
  const list = placeOf(path).list.slice(1);
  const found = list.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], steps);
  return (found as Step[]).length;
}
