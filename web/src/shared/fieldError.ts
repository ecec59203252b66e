import { ApiError } from '../api/client.ts';

/** `steps[2].subject` and `steps.2.subject` name the same field. */
export const plainField = (field: string) => field.replaceAll(/\[(\d+)\]/g, '.$1');

/** What to show at one field: the server's message and hint, when the error names that field. */
export function fieldError(error: unknown, field: string): string | undefined {
  if (
    !(error instanceof ApiError) ||
    error.field === undefined ||
    plainField(error.field) !== plainField(field)
  )
    return undefined;
  // The server begins with the field, for those who do not see a form.
  const { message, hint } = error;
  const said = message.startsWith(`${error.field}: `) ? message.slice(error.field.length + 2) : message;
  return hint ? `${said} ${hint}` : said;
}

/** The error, unless it is shown at one of these fields already. */
export function otherError(error: unknown, ...fields: string[]): unknown {
  return fields.some((field) => fieldError(error, field) !== undefined) ? undefined : error;
}

/** The server's message, when the error names this field or something inside it. */
export function insideError(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError) || error.field === undefined) return undefined;
  const inside = plainField(error.field).startsWith(`${plainField(field)}.`);
  return fieldError(error, inside ? error.field : field);
}
