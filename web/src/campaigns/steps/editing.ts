import type { StepOf, StepType } from '../queries.ts';

/** What every step's editor is given. */
export interface Editing<T extends StepType> {
  step: StepOf<T>;
  /** The step as the server names it in its errors: `definition.steps[1]`. */
  field: string;
  error: unknown;
  onChange: (step: StepOf<T>) => void;
}
