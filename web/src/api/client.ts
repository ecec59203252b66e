import createClient from 'openapi-fetch';
import type { paths } from './openapi.d.ts';

/** What the server said went wrong, in its own words; `status` 0 when it did not answer at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly hint: string | undefined;

  constructor(status: number, body: { code?: string; message?: string; field?: string; hint?: string }) {
    super(body.message ?? `The server answered ${status} without saying why.`);
    this.name = 'ApiError';
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.field = body.field;
    this.hint = body.hint;
  }
}

/** Typed by the server's OpenAPI. */
export const api = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' });

export const unreachable = () =>
  new ApiError(0, {
    code: 'unreachable',
    message: 'Rapport does not answer.',
    hint: 'Check that it is running. Nothing you typed is lost.',
  });

/** The error in the body of an answer, as the server wrote it. */
export function problemOf(status: number, body: unknown): ApiError {
  const error = (body as { error?: unknown } | null)?.error;
  return new ApiError(status, typeof error === 'object' && error !== null ? error : {});
}

/** The data of an answer, or an ApiError thrown. */
export async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<NonNullable<T>> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw cause instanceof DOMException && cause.name === 'AbortError' ? cause : unreachable();
  });
  if (!response.ok) throw problemOf(response.status, error);
  return data as NonNullable<T>;
}

type Json<R> = R extends { content: { 'application/json': infer T } } ? T : never;
type Good<R> = R extends { 200: infer A } ? Json<A> : R extends { 201: infer A } ? Json<A> : never;

/** The shape of a path's good answer: `Answer<'/api/me', 'get'>`. */
export type Answer<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends {
  responses: infer R;
}
  ? Good<R>
  : never;

/** The shape of what a path takes: `Body<'/api/segments', 'post'>`. */
export type Body<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends {
  requestBody?: { content: { 'application/json': infer T } };
}
  ? T
  : never;
