import { ApiError } from '../api/client.ts';
import { fieldError } from '../shared/fieldError.ts';

type Part = 'settings' | 'credentials';

/** Refusals of the other side whose field is known by what they are. */
const parts: Record<string, Part> = {
  credentials_refused: 'credentials',
  gone: 'settings',
  misconfigured: 'settings',
  unknown_kind: 'settings',
};

interface AccessErrors {
  /** What to show at a field; `first`: the field that stands for the whole part. */
  at: (part: Part, name: string, first: string | undefined) => string | undefined;
  /** What belongs to no field. */
  rest: unknown;
}

/** Why a list could not be read, each reason at the field where it can be mended. */
export function accessErrors(error: unknown): AccessErrors {
  if (!(error instanceof ApiError)) return { at: () => undefined, rest: error };
  const part = error.field?.includes('.') ? undefined : parts[error.code];
  const field = error.field ?? '';
  const text = fieldError(error, field) ?? error.message;
  const named = field.startsWith('settings.') || field.startsWith('credentials.');
  return {
    at: (asked, name, first) =>
      (part === asked && name === first) || field === `${asked}.${name}` ? text : undefined,
    rest: part || named ? undefined : error,
  };
}
