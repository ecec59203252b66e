/**
 * An error a person meets. It says what happened, where, and what to do; everything else that is
 * thrown is a bug and is answered with 500 and a reference into the log.
 */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly hint: string | undefined;
  readonly retryAfter: number | undefined;

  /**
   * @param status HTTP status: 400 bad input, 401, 403, 404, 409 conflict, 413, 429, 503
   * @param code   snake_case, stable, for programs
   * @param message one sentence for people
   * @param more   `field`: the path of the bad value (`steps[2].subject`); `hint`: what to do;
   *               `retryAfter`: seconds
   */
  constructor(
    status: number,
    code: string,
    message: string,
    more: { field?: string; hint?: string; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.field = more.field;
    this.hint = more.hint;
    this.retryAfter = more.retryAfter;
  }

  /** The body of the HTTP answer. */
  toJSON() {
    return { error: { code: this.code, message: this.message, field: this.field, hint: this.hint } };
  }
}

export const notFound = (what: string, id: string) =>
  new Problem(404, 'not_found', `There is no ${what} with the id ${JSON.stringify(id)} in this workspace.`);
