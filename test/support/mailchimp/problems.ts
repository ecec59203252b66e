import { randomUUID } from 'node:crypto';

/** An answer that is none: what Mailchimp's error glossary lists, as application/problem+json (RFC 7807). */
export class Refusal extends Error {
  readonly status: number;
  readonly title: string;
  readonly headers: Record<string, string>;
  readonly more: object;

  constructor(
    status: number,
    title: string,
    detail: string,
    headers: Record<string, string> = {},
    more: object = {},
  ) {
    super(detail);
    this.status = status;
    this.title = title;
    this.headers = headers;
    this.more = more;
  }

  get body(): unknown {
    return {
      type: 'https://mailchimp.com/developer/marketing/docs/errors/',
      title: this.title,
      status: this.status,
      detail: this.message,
      instance: randomUUID(),
      ...this.more,
    };
  }
}

export const invalid = (field: string, message: string) =>
  new Refusal(
    400,
    'Invalid Resource',
    "The resource submitted could not be validated. For field-specific details, see the 'errors' array.",
    {},
    { errors: [{ field, message }] },
  );

export const notFound = () =>
  new Refusal(404, 'Resource Not Found', 'The requested resource could not be found.');

export const keyMissing = () =>
  new Refusal(401, 'API Key Missing', 'Your request did not include an API key.');

export const keyInvalid = () =>
  new Refusal(
    401,
    'API Key Invalid',
    "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
  );

export const wrongDatacenter = () =>
  new Refusal(403, 'Wrong Datacenter', 'The API key provided is linked to a different datacenter.');

export const forbidden = () =>
  new Refusal(403, 'Forbidden', 'You are not permitted to access this resource.');

export const userDisabled = () => new Refusal(403, 'User Disabled', 'This account has been disabled.');

export const methodNotAllowed = (allow: string) =>
  new Refusal(
    405,
    'Method Not Allowed',
    "The requested method and resource are not compatible. See the Allow header for this resource's available methods.",
    { allow },
  );

/** Archived already. */
export const memberCannotBeRemoved = () =>
  new Refusal(405, 'Method Not Allowed', 'This list member cannot be removed. Please contact support.');

export const bodyNotJson = () =>
  new Refusal(
    400,
    'JSON Parse Error',
    'We encountered an unspecified JSON parsing error. This error means your JSON was formatted incorrectly or was considered invalid or incomplete.',
  );

export const tooManyRequests = (retryAfter?: string) =>
  new Refusal(
    429,
    'Too Many Requests',
    'You have exceeded the limit of 10 simultaneous connections.',
    retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  );

const failures: Record<number, [string, string]> = {
  500: [
    'Internal Server Error',
    'An unexpected internal error has occurred. Please contact Support for more information.',
  ],
  503: ['Service Unavailable', 'The service is unavailable for the moment.'],
};
export const failed = (status: number, retryAfter?: string) =>
  new Refusal(
    status,
    ...(failures[status] ?? (['Error', 'An error has occurred.'] as [string, string])),
    retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  );
