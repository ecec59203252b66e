import type { Header } from '../schema.ts';

/**
 * An email ready to go. The provider must use the Message-ID as given, by which repeats are told; one that puts its own
 * there keeps ours in the header `ourMessageId`.
 */
export interface RenderedEmail {
  workspace: string;
  /** Ledger row; null for a test email. */
  id: string | null;
  profile: string | null;
  messageId: string;
  from: string;
  to: string;
  subject: string;
  html: string;
  text: string;
  /** A template that the provider keeps, and what to fill it with: then subject, HTML and text are the template's. */
  stored?: { name: string; data: Record<string, unknown> } | undefined;
  /** Beside those every email has: List-Unsubscribe and its like. */
  headers: Header[];
  date: Date;
}

export const ourMessageId = 'X-Rapport-Message-ID';

/**
 * - `temporary`: the same email may go through later
 * - `permanent`: this email never will
 * - `account`: no email of this account will, until a person does something
 */
export type DeliveryErrorKind = 'temporary' | 'permanent' | 'account';

interface More {
  cause?: unknown;
  slowDown?: boolean;
  retryAfterMs?: number | undefined;
}

/** Why a provider did not take an email, in the provider's own words. */
export class DeliveryError extends Error {
  readonly kind: DeliveryErrorKind;
  /** It came too fast for the provider: the whole account should be slower, not this email alone. */
  readonly slowDown: boolean;
  /** How long the provider asked to wait, where it did. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: DeliveryErrorKind,
    message: string,
    { cause, slowDown = false, retryAfterMs }: More = {},
  ) {
    super(message, { cause });
    this.name = 'DeliveryError';
    this.kind = kind;
    this.slowDown = slowDown;
    this.retryAfterMs = retryAfterMs;
  }
}

/** One way of sending. A provider is made for one account and closed when the account changes. */
export interface Provider {
  /** How many emails of a batch may be under way at once: at most so many of each are repeated after a crash. */
  readonly concurrency: number;
  /** How many are claimed at once. */
  readonly batch: number;
  /** How many such batches may be under way at once; 2 where one can be rendered while the other is sent. */
  readonly batches: number;
  /**
   * Resolves when the provider took the email over. Aborting gives up waiting.
   * @throws DeliveryError
   */
  send(email: RenderedEmail, signal: AbortSignal): Promise<{ providerId?: string | undefined }>;
  /** Sends all or throws, for a provider where many at once cost little more than one. Repeating it must be harmless. */
  sendBatch?(emails: RenderedEmail[], signal: AbortSignal): Promise<void>;
  close(): void;
}

/** For providers that keep no templates, or whose templates are not ours to fill. */
export function mustBeRendered({ stored }: RenderedEmail): void {
  if (stored)
    throw new DeliveryError(
      'permanent',
      `An account of this kind cannot send the stored template ${JSON.stringify(stored.name)}.`,
    );
}

/** Milliseconds of a Retry-After header (seconds, or a date), a day at most. */
export function retryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (!header) return undefined;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), 86_400_000);
}
