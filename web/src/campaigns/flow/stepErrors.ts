import { ApiError } from '../../api/client.ts';
import { plainField } from '../../shared/fieldError.ts';
import type { Step } from '../queries.ts';
import { everyStep, fieldOf } from './tree.ts';

/** The innermost step an error is about, and what it says. */
export function stepOfError(
  error: unknown,
  steps: readonly Step[],
): { id: string; said: string } | undefined {
  if (!(error instanceof ApiError) || error.field === undefined) return undefined;
  const said = plainField(error.field);
  let found: string | undefined;
  for (const { step, path } of everyStep(steps)) {
    const place = plainField(fieldOf(path));
    if (said === place || said.startsWith(`${place}.`)) found = step.id;
  }
  if (found === undefined) return undefined;
  const message = error.message.startsWith(`${error.field}: `)
    ? error.message.slice(error.field.length + 2)
    : error.message;
  const sentence = message.charAt(0).toUpperCase() + message.slice(1);
  return { id: found, said: error.hint ? `${sentence} ${error.hint}` : sentence };
}
