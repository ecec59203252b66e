/** What went wrong with another's service, in words for the person who can do something about it. */
export type TroubleCode =
  /** The key was revoked, or may not see the list: no use in asking again before somebody acts. */
  | 'credentials_refused'
  /** The list, file or address is gone. */
  | 'gone'
  /** Settings the service does not accept. */
  | 'misconfigured'
  /** The service does not answer, or not in time. */
  | 'unreachable'
  /** It answers with errors. */
  | 'failing'
  /** It asks us to wait. */
  | 'throttled'
  /** Its answers are no answers: cut off, not JSON, not what it documents. */
  | 'unreadable'
  /** The list changes faster than it can be read, or counts disagree for good. */
  | 'counts_disagree'
  /** More would be removed than a run may without a person's word. */
  | 'removals_held';

export interface TroubleOptions {
  hint?: string;
  /** Not before then, milliseconds from now. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** Why a run could not be finished. T does not move. */
export class Trouble extends Error {
  readonly code: TroubleCode;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: TroubleCode, message: string, { hint, retryAfterMs, cause }: TroubleOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Trouble';
    this.code = code;
    this.hint = hint;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the next run may do better with nobody doing anything. */
  get passing(): boolean {
    return !needsPerson(this.code);
  }
}

const forAPerson = new Set<TroubleCode>(['credentials_refused', 'gone', 'misconfigured', 'removals_held']);

/** Whether it does not pass by itself, whatever time goes by. */
export const needsPerson = (code: TroubleCode): boolean => forAPerson.has(code);

/** Another worker has the connection now: this one stops at once and writes nothing more. */
export class LeaseLost extends Error {
  constructor() {
    super('another worker has taken the connection over');
    this.name = 'LeaseLost';
  }
}
